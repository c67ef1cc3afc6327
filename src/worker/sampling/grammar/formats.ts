/**
 * The formats of strings that are enforced, as regular expressions: those that OpenAI's structured outputs list. Each allows
 * only texts of its format, if not all of them: fractions of a second have up to nine digits, no leap seconds, no quoted mailboxes.
 */

const year = '[0-9]{4}';
const monthDay =
  '(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)|02-(?:0[1-9]|1[0-9]|2[0-8]))';
const date = `${year}-${monthDay}`;
const clock = '(?:[01][0-9]|2[0-3]):[0-5][0-9]';
const time = `${clock}:[0-5][0-9](?:\\.[0-9]{1,9})?(?:Z|[+-]${clock})`;
const byte = '(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])';
const label = '[A-Za-z0-9](?:[A-Za-z0-9-]{0,20}[A-Za-z0-9])?';
const hex = '[0-9a-fA-F]';
const group = `${hex}{1,4}`;

/** RFC 4291 §2.2: eight groups, or fewer around one "::". */
const ipv6 = [
  `(?:${group}:){7}${group}`,
  ...Array.from({ length: 8 }, (_, before) => {
    const head = before === 0 ? ':' : `(?:${group}:){${before}}`;
    const after = 7 - before;
    return after === 0 ? `${head}:` : `${head}:(?:${group}(?::${group}){0,${after - 1}})?`;
  }),
].join('|');

/** RFC 3339 appendix A. */
const durationTime =
  'T(?:[0-9]{1,9}H(?:[0-9]{1,9}M(?:[0-9]{1,9}S)?)?|[0-9]{1,9}M(?:[0-9]{1,9}S)?|[0-9]{1,9}S)';
const durationDate =
  '(?:[0-9]{1,9}D|[0-9]{1,9}M(?:[0-9]{1,9}D)?|[0-9]{1,9}Y(?:[0-9]{1,9}M(?:[0-9]{1,9}D)?)?)';

export const formatPatterns: ReadonlyMap<string, string> = new Map([
  ['date', `^${date}$`],
  ['time', `^${time}$`],
  ['date-time', `^${date}T${time}$`],
  ['duration', `^P(?:${durationDate}(?:${durationTime})?|${durationTime}|[0-9]{1,9}W)$`],
  ['email', `^[A-Za-z0-9_+-]+(?:\\.[A-Za-z0-9_+-]+)*@${label}(?:\\.${label})+$`],
  ['hostname', `^${label}(?:\\.${label})*$`],
  ['ipv4', `^${byte}(?:\\.${byte}){3}$`],
  ['ipv6', `^(?:${ipv6})$`],
  ['uuid', `^${hex}{8}-${hex}{4}-${hex}{4}-${hex}{4}-${hex}{12}$`],
]);
