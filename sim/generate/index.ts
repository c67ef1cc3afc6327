/** The door of the generator of random configurations. */

export {
  type GeneratedConfiguration,
  type GenerateOptions,
  generateConfiguration,
} from './generate-configuration.ts';
export { type Random, randomFrom } from './random.ts';
