/** The words of the expression language. Sticky: for a cursor. */

export const IDENTIFIER = /[\p{ID_Start}_][\p{ID_Continue}-]*/uy;
export const DIGITS = /\d+/y;
