/** The files that expressions may read. The core asks; whoever reads the configuration answers, within its bounds. */

export interface ConfigurationFiles {
  /** Absolute: where Terraform would be run, which is what relative paths are relative to. */
  readonly directory: string;
  /** The bytes of a regular file, or undefined where there is none. Throws a TerraformError for what is too large. */
  readFile(path: string): Uint8Array | undefined;
  /** The regular files below a directory, relative to it, with "/" between names. */
  listFiles(directory: string): readonly string[];
}
