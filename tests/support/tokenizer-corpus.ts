/**
 * Ten thousand texts that try a tokenizer, the same ones in every run: the ids that Hugging Face gives them are committed, so no text
 * may change. Pure. Every text is well-formed Unicode.
 */

/** By the name of a kind of text: how one is made. */
type Kind = (draw: Draw) => string;

export interface Draw {
  /** 0 to `below` - 1. */
  readonly under: (below: number) => number;
  readonly from: <T>(items: readonly T[]) => T;
  /** `least` to `most` of what `make` gives. */
  readonly several: (least: number, most: number, make: () => string) => string[];
}

export const corpusSize = 10_000;

const words = [
  'the of and to in is that for it with as was on be at by this have from or one had not but what all were when we there can an your',
  'which their said if do will each about how up out them then she many some so these would other into has more her two like him see',
  'Tokenization internationalization Supercalifragilistic HELLO World iPhone McDonald NASA don’t it’s can’t I’ll co-operate naïve café',
  'der die und nicht Straße Größe für über schön Geschwindigkeitsbegrenzung le les être déjà où garçon œuvre el niño mañana ¿qué? ção',
  'Zażółć gęślą jaźń příliš žluťoučký kůň ġħaż ŝŭ ığdır İstanbul þórður æøå ñandú Đặng Nguyễn tiếng Việt',
  'Привет мир это очень длинное предложение Україна їжак ґанок ћирилица Καλημέρα κόσμε ἀρχὴ σῶμα Բարեւ աշխարհ გამარჯობა მსოფლიო',
  'שלום עולם עִבְרִית مرحبا بالعالم العَرَبِيَّة فارسی‌ها کتاب‌خانه اُردو ܫܠܡܐ ތާނަ',
  'नमस्ते दुनिया हिन्दी क्षत्रिय বাংলা ভাষা ਪੰਜਾਬੀ ગુજરાતી தமிழ் తెలుగు ಕನ್ನಡ മലയാളം සිංහල ภาษาไทย สวัสดี ລາວ မြန်မာ ខ្មែរ བོད་ཡིག አማርኛ',
  '你好 世界 汉字 漢字 人工智能 私は 学生です ひらがな カタカナ ﾊﾝｶｸ 東京都 한국어 안녕하세요 세계 ᄒᆞᆫ글 𠮷野家 𪚥',
]
  .join(' ')
  .split(' ');
const emoji =
  '🙂 😀 👍🏽 👩‍💻 👨‍👩‍👧‍👦 🏳️‍🌈 🏴‍☠️ 🇫🇷 🇯🇵🇺🇸 1️⃣ #️⃣ ❤️ ❤ ☺︎ 🧑🏿‍🚀 🤷🏼‍♀️ 🏴󠁧󠁢󠁳󠁣󠁴󠁿 🫠 🪿 🫱🏻‍🫲🏿 👁️‍🗨️ ✌🏾 🐦‍⬛ 🥲 ‍ 🏽 ️'.split(
    ' ',
  );
const control = [
  ...'<bos> <eos> <pad> <unk> <mask> <start_of_turn> <end_of_turn> <unused0> <unused1> <unused42> <unused6000> [multimodal]'.split(
    ' ',
  ),
  ...'<start_of_image> <end_of_image> <image_soft_token> <table> </table> <td> <h1> </h6> <b> <i> </s> <s> <code> </code>'.split(
    ' ',
  ),
  ...'<start_of_ <end_of_turn < > << >> <unused <unused99999> <0x0A> <0xFF> <0x0a> <|im_start|> [INST] </b <<bos>> <b<b> < bos>'.split(
    ' ',
  ),
  ...['<start_of_turn>user\n', '<end_of_turn>\n', 'model\n', '<START_OF_TURN>', '<bos\u200b>', '<ｂos>'],
];
const code = [
  'for (let i = 0; i < n; i++) {\n    sum += a[i] ** 2;\n}\n',
  'def f(x: int) -> str:\n\treturn f"{x!r:>10}"\n',
  '#include <stdio.h>\r\nint main(void) { printf("%d\\n", 42); return 0; }\r\n',
  'SELECT id, COUNT(*) FROM "t" WHERE a <> b GROUP BY 1;\n',
  '{"key": [1, 2.5e-10, null, true], "a\\u00e9": "\\n"}',
  '<div class="x y"><p>a &amp; b</p><br/></div>\n',
  'fn main() { let v: Vec<&str> = vec!["a"; 3]; println!("{:?}", v); }\n',
  '$ curl -sSL "https://example.org/a?b=c&d=%20" | tar xz -C /tmp\n',
  'const re = /^[\\w.+-]+@\\w+\\.\\w{2,}$/giu;\n',
  '\\begin{equation}\n  \\int_0^\\infty e^{-x^2}\\,dx = \\frac{\\sqrt{\\pi}}{2}\n\\end{equation}\n',
  '| a | b |\n|---|:-:|\n| 1 | 2 |\n',
  '        if x:\n            pass\n        else:\n                y()\n',
];
const blanks = [
  ' ',
  ' ',
  ' ',
  '\n',
  '\n',
  '\t',
  '\r\n',
  '\r',
  '\u00a0',
  '\u3000',
  '\u2009',
  '\u200b',
  '\u000b',
  '\u000c',
  '\u0085',
  '\u2028',
];
const marks = ['▁', '▁▁', '▁▁▁', ' ', '  ', ' ▁', '▁ ', 'a', 'the', '▁the', '\n', '▂', '_'];
const units = [
  'a',
  'b',
  'ab',
  'aba',
  'ha',
  'na',
  'lo',
  'ing',
  '=',
  '-',
  '.',
  '!',
  '?',
  '*',
  '#',
  '0',
  '00',
  '()',
  '的',
  'ー',
  'ا',
  'о',
  'x',
  'www',
  '哈',
  'ㅋ',
  '~',
  '…',
  '/',
  '\\',
];
const rightToLeft = [
  '\u200f',
  '\u200e',
  '\u202b',
  '\u202c',
  '\u2067',
  '\u2069',
  ' ',
  '، ',
  '؟',
  'אבג',
  'שָׁלוֹם',
  'سلام',
  'قُرْآن',
  '١٢٣',
  '123',
  'abc',
  'ﷺ',
  'ـــ',
  'لا',
  'ﻼ',
];
const composed = [
  'é',
  'ñ',
  'ü',
  'Å',
  'ế',
  'ộ',
  '각',
  '한',
  'が',
  'ῷ',
  'Ω',
  'ﬁ',
  '①',
  'ｱ',
  'ḍ̇',
  'q̣̇',
  '豈',
  '½',
  '²',
  'ſ',
  'ක්',
  'ร้',
  'ः',
];
/** First and last code point. */
const scripts: readonly (readonly [number, number])[] = [
  ...([
    [0x21, 0x7e],
    [0xa1, 0xff],
    [0x100, 0x24f],
    [0x250, 0x2af],
    [0x300, 0x36f],
    [0x370, 0x3ff],
    [0x400, 0x52f],
  ] as const),
  ...([
    [0x531, 0x58f],
    [0x591, 0x5f4],
    [0x600, 0x6ff],
    [0x700, 0x74f],
    [0x900, 0xdff],
    [0xe01, 0xe5b],
    [0xf00, 0xfff],
  ] as const),
  ...([
    [0x1000, 0x109f],
    [0x10a0, 0x10ff],
    [0x1100, 0x11ff],
    [0x1200, 0x137f],
    [0x13a0, 0x13fd],
    [0x1780, 0x17f9],
  ] as const),
  ...([
    [0x1e00, 0x1fff],
    [0x2000, 0x206f],
    [0x2070, 0x2bff],
    [0x2e80, 0x2fdf],
    [0x3000, 0x33ff],
    [0x4e00, 0x9fff],
  ] as const),
  ...([
    [0xa000, 0xa48c],
    [0xac00, 0xd7a3],
    [0xe000, 0xf8ff],
    [0xf900, 0xfaff],
    [0xfb00, 0xfdff],
    [0xfe00, 0xffff],
  ] as const),
  ...([
    [0x10000, 0x103ff],
    [0x12000, 0x123ff],
    [0x13000, 0x1342e],
    [0x1d400, 0x1d7ff],
    [0x1f000, 0x1faff],
  ] as const),
  ...([
    [0x20000, 0x2a6df],
    [0xe0000, 0xe01ef],
    [0x0, 0x1f],
    [0x7f, 0xa0],
    [0x10fff0, 0x10ffff],
  ] as const),
];

/** What syllables are put together from, by alphabet: onset, vowel, coda. */
const syllables = [
  [
    'b bl br c ch cl cr d dr f fl fr g gr h j k l m n p pl pr qu r s sh sl sp st str sw t th tr v w wh y z',
    'a e i o u ea ee ai ou io oo y ie',
    'n r s t l m d ng ck st ss nt rd ly tion ment able',
  ],
  [
    'B C D F G H J K L M N P R S T V W Ch Sh Th Mc X Z',
    'a e i o u á é ö ü y',
    'n r s t l x z sk ck ż ğ ř ß son berg ville',
  ],
  [
    'б в г д ж з к л м н п р с т ф х ц ч ш щ пр ст',
    'а е ё и о у ы э ю я ї',
    'й н р т л м с х ть ский ние ов',
  ],
  ['β γ δ θ κ λ μ ν ξ π ρ σ τ φ χ ψ', 'α ε η ι ο υ ω ά έ ή ου αι', 'ς ν ρ λ μος ση'],
  ['क ख ग च ज ट ड त द न प ब म य र ल व श स ह प्र', 'ा ि ी ु ू े ै ो ौ ं', 'न र त ल ना ता ों'],
  ['ب ت ث ج ح خ د ر س ش ص ط ع ف ق ك ل م ن ه و ي ال', 'ا و ي َ ُ ِ', 'ن ر ة ت ين ات ون'],
  [
    'か き く さ し た ち な に は ま や ら わ カ サ タ ナ ハ マ ラ',
    'い う ん ー っ ょ イ ン',
    'です ます の を に ル ス ト する',
  ],
].map((parts) => parts.map((part) => part.split(' ')));

const kinds: Readonly<Record<string, Kind>> = {
  words: ({ from, several }) => several(2, 9, () => from(words)).join(' '),
  glued: ({ from, several }) => several(2, 6, () => from(words)).join(''),
  emoji: ({ from, several }) => several(1, 5, () => from([...emoji, from(words), ' '])).join(''),
  control: ({ from, several }) => several(1, 5, () => from([...control, from(words), ' ', '\n'])).join(''),
  code: ({ from, several, under }) => {
    const text = several(1, 2, () => from(code)).join('');
    const start = under(text.length);
    return text.slice(start, start + 60);
  },
  blanks: ({ from, several, under }) =>
    several(
      1,
      4,
      () => from(blanks).repeat(1 + under(from([3, 12, 40]))) + from(['', 'a', '', 'The', '.', '1']),
    ).join(''),
  marks: ({ from, several }) => several(2, 8, () => from(marks)).join(''),
  repeats: ({ from, several, under }) => several(1, 3, () => from(units).repeat(1 + under(14))).join(''),
  overlaps: ({ from, several }) => {
    const letters = several(1, 3, () => from([...'aehinorst'])).join('');
    return several(4, 24, () => from([...letters])).join('');
  },
  rightToLeft: ({ from, several }) => several(2, 7, () => from(rightToLeft)).join(''),
  composed: ({ from, several }) =>
    several(1, 6, () =>
      from([...composed, from(words)]).normalize(from(['NFC', 'NFD', 'NFKC', 'NFKD'])),
    ).join(''),
  numbers: ({ from, several, under }) =>
    several(
      1,
      4,
      () => `${under(2 ** from([4, 10, 31]))}${from(['.', ',', ' ', '-', ':', '%', '€', '×10^', '/'])}`,
    ).join(''),
  script: ({ from, several, under }) => {
    const [first, last] = from(scripts);
    return several(1, 8, () => String.fromCodePoint(first + under(last - first + 1))).join('');
  },
  syllables: ({ from, several }) => {
    const alphabet = from(syllables);
    const word = () => several(1, 3, () => alphabet.map((part) => from(part)).join('')).join('');
    return several(1, 4, word).join(from([' ', ' ', ' ', '-', '', '_']));
  },
  ideographs: ({ from, several, under }) => {
    const [first, last] = from([
      [0x4e00, 0x6fff],
      [0x7000, 0x9fff],
      [0xac00, 0xd7a3],
    ] as const);
    return several(2, 8, () => String.fromCodePoint(first + under(last - first + 1))).join('');
  },
  anything: ({ several, under }) => several(1, 4, () => character(under(0x110000 - 0x800))).join(''),
};

/** Few, for their ids take room: lines of some thousand characters. */
const longLine: Kind = ({ from, several, under }) => {
  const unit = several(1, 4, () => from([...words, ...units, ' ', ' '])).join(from(['', ' ']));
  return unit.repeat(1 + under(Math.ceil(3000 / unit.length)));
};

/** The texts, all different. */
export function tokenizerCorpus(): readonly string[] {
  const draw = seeded(20_260_701);
  const makers = Object.values(kinds);
  const texts = new Set<string>(['', ' ', '\n']);
  for (let at = 0; texts.size < corpusSize; at++) {
    if (at % 500 === 0) texts.add(longLine(draw).toWellFormed());
    else if (at % 7 === 0) texts.add(mixed(draw).toWellFormed());
    else texts.add((makers[at % makers.length] ?? mixed)(draw).toWellFormed());
  }
  return [...texts];
}

const mixed: Kind = (draw) =>
  draw
    .several(2, 3, () => draw.from(Object.values(kinds))(draw).slice(0, 24))
    .join(draw.from(['', ' ', '\n']));

/** The given one of all characters, surrogates left out. */
function character(at: number): string {
  return String.fromCodePoint(at < 0xd800 ? at : at + 0x800);
}

/** Mulberry32, by Tommy Ettinger; public domain. */
function seeded(seed: number): Draw {
  let state = seed;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixedState = Math.imul(state ^ (state >>> 15), state | 1);
    mixedState ^= mixedState + Math.imul(mixedState ^ (mixedState >>> 7), mixedState | 61);
    return ((mixedState ^ (mixedState >>> 14)) >>> 0) / 2 ** 32;
  };
  const under = (below: number) => Math.floor(next() * below);
  return {
    under,
    from: (items) => {
      const item = items[under(items.length)];
      if (item === undefined) throw new RangeError('there is nothing to draw from');
      return item;
    },
    several: (least, most, make) => Array.from({ length: least + under(most - least + 1) }, make),
  };
}
