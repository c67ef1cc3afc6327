/**
 * `JSON.parse` for files of others, whose size is bounded already: it refuses what is nested so deep that building it takes a hundred times
 * the memory of its text, and seconds of the event loop.
 */

/** No file of a model comes near. */
const depthMax = 64;

/** @throws SyntaxError, whose message quotes nothing. */
export function parseBoundedJson(text: string): unknown {
  if (isDeep(text)) throw new SyntaxError(`it is nested deeper than ${depthMax}`);
  try {
    return JSON.parse(text);
  } catch {
    throw new SyntaxError('it is not JSON');
  }
}

function isDeep(text: string): boolean {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === 0x22) at = endOfString(text, at);
    else if (unit === 0x5b || unit === 0x7b) {
      depth++;
      if (depth > depthMax) return true;
    } else if (unit === 0x5d || unit === 0x7d) depth--;
  }
  return false;
}

/** The place of the quote that closes a string, or the text's end. */
function endOfString(text: string, from: number): number {
  for (let at = from + 1; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === 0x22) return at;
    if (unit === 0x5c) at++;
  }
  return text.length;
}
