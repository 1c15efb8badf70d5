// Names that the gate writes, and the few that documents have. Others stay as they are written.
const named: Record<string, string> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  nbsp: "\u00a0",
  copy: "©",
  reg: "®",
  trade: "™",
  hellip: "…",
  mdash: "—",
  ndash: "–",
  lsquo: "‘",
  rsquo: "’",
  ldquo: "“",
  rdquo: "”",
  laquo: "«",
  raquo: "»",
  times: "×",
  rarr: "→",
  larr: "←",
  middot: "·",
  bull: "•",
  deg: "°",
}

export function decodeNamedCharacterReference(name: string): string | false {
  return Object.hasOwn(named, name) ? named[name]! : false
}
