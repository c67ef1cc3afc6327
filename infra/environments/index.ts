/** Every environment there is. The synthesis writes one folder for each. */
import type { Environment } from '../environment.ts';
import { dev } from './dev.ts';
import { prod } from './prod.ts';

export const environments: readonly Environment[] = [dev, prod];
