import type { System } from "../api/types"

export interface Placed {
  name: string
  column: number
  row: number
}

/** layout puts each unit in the column after the last of those that it follows. A circle is cut where it is met again. */
export function layout(s: System): { places: Placed[]; columns: number; rows: number } {
  const after = new Map<string, string[]>()
  for (const u of s.units) after.set(u.name, [])
  for (const e of s.edges) if (after.has(e.from) && after.has(e.to) && e.kind !== "triggers") after.get(e.from)!.push(e.to)
  for (const e of s.edges) if (e.kind === "triggers" && after.has(e.from) && after.has(e.to)) after.get(e.to)!.push(e.from)
  const depth = new Map<string, number>()
  const visit = (name: string, path: Set<string>): number => {
    const known = depth.get(name)
    if (known !== undefined) return known
    if (path.has(name)) return 0
    path.add(name)
    const d = Math.max(0, ...after.get(name)!.map((x) => (path.has(x) ? 0 : visit(x, path) + 1)))
    path.delete(name)
    depth.set(name, d)
    return d
  }
  for (const u of s.units) visit(u.name, new Set())
  const used: number[] = []
  const places = s.units.map((u) => {
    const column = Math.min(depth.get(u.name)!, 5)
    const row = used[column] ?? 0
    used[column] = row + 1
    return { name: u.name, column, row }
  })
  return { places, columns: used.length, rows: Math.max(1, ...used.filter(Boolean)) }
}
