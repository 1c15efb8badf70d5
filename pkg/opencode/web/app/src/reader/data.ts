import { queryOptions } from "@tanstack/react-query"
import { api, query } from "../api/client"
import type { DocumentView } from "../api/types"
import type { Range } from "../markdown/Markdown"

export const documentQuery = (uri: string, passage?: string) =>
  queryOptions({
    queryKey: ["document", uri, passage ?? ""],
    queryFn: ({ signal }) => api<DocumentView>("GET", `/panther/v1/document${query({ uri, passage: passage?.startsWith("#") ? undefined : passage })}`, undefined, signal),
    staleTime: 300_000,
  })

/** range returns where what was cited stands: a passage, or the section of a heading. */
export function range(d: DocumentView, passage?: string): Range | undefined {
  if (!passage) return undefined
  if (!passage.startsWith("#")) {
    const p = d.passages.find((x) => x.id === passage)
    return p && { from: p.start, to: p.end }
  }
  const at = d.headings.findIndex((h) => h.anchor === passage.slice(1))
  const h = d.headings[at]
  if (!h) return undefined
  const next = d.headings.slice(at + 1).find((x) => x.level <= h.level)
  return { from: h.offset, to: next?.offset ?? d.markdown.length }
}

/** original is the address of the page itself, at the words that were cited. */
export function original(d: DocumentView, at?: Range): string | undefined {
  if (!d.link || !/^https?:/.test(d.link)) return undefined
  if (!at) return d.link
  const words = d.markdown
    .slice(at.from, at.to)
    .split("\n")
    .find((l) => /^[\p{L}\p{N}]/u.test(l) && l.length > 20 && !/[`*_[\]|\\<&]/.test(l.slice(0, 60)))
    ?.slice(0, 60)
    .replace(/\s+\S*$/, "")
  if (!words) return d.link
  return `${d.link}${d.link.includes("#") ? "" : "#"}:~:text=${encodeURIComponent(words).replaceAll("-", "%2D")}`
}

export interface Change {
  kind: "same" | "added" | "removed"
  text: string
}

const largest = 4_000_000 // cells of the table

/** changes compares two texts by their paragraphs: what is kept is the longest they have in common. */
export function changes(before: string, after: string): Change[] {
  const a = before.split(/\n{2,}/)
  const b = after.split(/\n{2,}/)
  if (a.length * b.length > largest) return [{ kind: "removed", text: before }, { kind: "added", text: after }]
  const w = b.length + 1
  const t = new Uint32Array((a.length + 1) * w)
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--) t[i * w + j] = a[i] === b[j] ? t[(i + 1) * w + j + 1]! + 1 : Math.max(t[(i + 1) * w + j]!, t[i * w + j + 1]!)
  const out: Change[] = []
  let i = 0
  let j = 0
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      out.push({ kind: "same", text: a[i]! })
      i++
      j++
    } else if (j >= b.length || (i < a.length && t[(i + 1) * w + j]! >= t[i * w + j + 1]!)) {
      out.push({ kind: "removed", text: a[i++]! })
    } else {
      out.push({ kind: "added", text: b[j++]! })
    }
  }
  return out
}
