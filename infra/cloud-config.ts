/**
 * Writes cloud-config in one narrow form of YAML: block literals for files, plain lines for commands.
 * Refuses what would change meaning in YAML or in a Terraform template; it is no general YAML writer.
 */

export interface CloudConfigFile {
  readonly path: string;
  readonly permissions: string;
  /** Ends with a newline. */
  readonly content: string;
}

export interface CloudConfig {
  readonly files: readonly CloudConfigFile[];
  /** Run once, in this order, after the files are there. */
  readonly commands: readonly (readonly string[])[];
}

/** EC2 takes no more, before base64. */
const bytesMax = 16 * 1024;

export function cloudConfig({ files, commands }: CloudConfig): string {
  const text = [
    '#cloud-config',
    'write_files:',
    ...files.flatMap(fileLines),
    'runcmd:',
    ...commands.map((words) => `  - [${words.map(plainWord).join(', ')}]`),
    '',
  ].join('\n');
  // Terraform would evaluate the first two, and cdktn does not escape a backslash for Terraform's strings.
  if (/[$%]\{|\\/.test(text)) throw new TypeError('cloud-config may hold no "${", "%{" or backslash');
  if (Buffer.byteLength(text) > bytesMax)
    throw new TypeError(`cloud-config is larger than ${bytesMax} bytes`);
  return text;
}

function fileLines({ path, permissions, content }: CloudConfigFile): string[] {
  if (!/^\S.*\n$/s.test(content) || content.endsWith('\n\n') || /[^\n -~]/.test(content)) {
    throw new TypeError(`the content of ${path} is not plain lines, each ended by one newline`);
  }
  const lines = content.slice(0, -1).split('\n');
  return [
    `  - path: ${plainWord(path)}`,
    `    permissions: '${permissions}'`,
    '    content: |',
    ...lines.map((line) => (line === '' ? '' : `      ${line}`)),
  ];
}

function plainWord(word: string): string {
  if (!/^[A-Za-z/-][\w./-]*$/.test(word)) throw new TypeError(`"${word}" is no plain word of YAML`);
  return word;
}
