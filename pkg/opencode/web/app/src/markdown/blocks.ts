/** A piece of a text that stands alone, and where it begins. */
export interface Block {
  text: string
  at: number
}

const fence = /^ {0,3}(`{3,}|~{3,})/
const item = /^ {0,3}(?:[-*+]|\d{1,9}[.)])(?: |$)/

/**
 * split cuts Markdown where a new block begins at the margin after a blank line.
 * While a text grows only its last block changes, so that the others need not
 * be read again. Lists stay whole, and so does what is in a fence.
 */
export function split(text: string): Block[] {
  const blocks: Block[] = []
  let start = 0
  let at = 0
  let open = ""
  let blank = false
  let inList = false
  let maths = false
  const cut = () => {
    if (text.slice(start, at).trim()) blocks.push({ text: text.slice(start, at), at: start })
    start = at
  }
  while (at < text.length) {
    const end = text.indexOf("\n", at)
    const next = end < 0 ? text.length : end + 1
    const line = text.slice(at, end < 0 ? text.length : end)
    if (open) {
      const m = fence.exec(line)
      if (m && m[1]![0] === open[0] && m[1]!.length >= open.length && !line.slice(m[0].length).trim()) open = ""
    } else if (maths) {
      maths = !line.trimEnd().endsWith("$$")
    } else if (!line.trim()) {
      blank = true
      at = next
      continue
    } else {
      const isItem = item.test(line)
      if (blank && !/^[ \t]/.test(line) && !(inList && isItem)) cut()
      if (start === at) inList = isItem
      const m = fence.exec(line)
      if (m && !(m[1]![0] === "`" && line.slice(m[0].length).includes("`"))) open = m[1]!
      else if (line.startsWith("$$") && !line.slice(2).includes("$$")) maths = true
    }
    blank = false
    at = next
  }
  cut()
  return blocks
}
