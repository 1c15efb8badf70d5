import type { Nodes, Parent, PhrasingContent, Root, RootContent, Text } from "mdast"

interface Cited extends Text {
  data: { hName: "cite"; hProperties: { n: number }; hChildren: [] }
}

/**
 * citations makes elements of [1]. In links and code they are text. An element
 * of that name cannot be written: no HTML of an answer is read.
 */
export function citations() {
  return (tree: Root) => walk(tree)
}

function walk(parent: Parent) {
  const out: RootContent[] = []
  for (const node of parent.children as RootContent[]) {
    if (node.type === "text") {
      out.push(...pieces(node))
      continue
    }
    if ("children" in node && node.type !== "link" && node.type !== "linkReference") walk(node)
    out.push(node)
  }
  ;(parent as { children: RootContent[] }).children = out
}

function pieces(node: Text): PhrasingContent[] {
  const s = node.value
  const out: PhrasingContent[] = []
  let at = 0
  for (const m of s.matchAll(/\[(\d{1,6})\]/g)) {
    if (m.index > at) out.push({ type: "text", value: s.slice(at, m.index) })
    const cited: Cited = { type: "text", value: m[0], data: { hName: "cite", hProperties: { n: Number(m[1]) }, hChildren: [] } }
    out.push(cited)
    at = m.index + m[0].length
  }
  if (!out.length) return [node]
  if (at < s.length) out.push({ type: "text", value: s.slice(at) })
  return out
}

interface Maths {
  type: "inlineMath"
  value: string
}

/** money gives back what is no formula: "$5 and $10". */
export function money() {
  const visit = (node: Nodes) => {
    if (!("children" in node)) return
    node.children.forEach((child, i) => {
      const next = node.children[i + 1]
      if ((child as { type: string }).type === "inlineMath") {
        const { value } = child as unknown as Maths
        const digit = next?.type === "text" && /^\d/.test(next.value)
        if (digit || /^\s|\s$/.test(value)) node.children[i] = { type: "text", value: `$${value}$` }
      } else {
        visit(child)
      }
    })
  }
  return (tree: Root) => visit(tree)
}
