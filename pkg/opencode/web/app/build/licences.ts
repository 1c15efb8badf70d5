import { existsSync, readFileSync, readdirSync } from "node:fs"
import { join } from "node:path"
import type { Plugin } from "vite"

const allowed = new Set(["MIT", "ISC", "BSD-2-Clause", "BSD-3-Clause", "0BSD"])

// licences writes the licence of every package that the page contains, and
// refuses one that may not be passed on.
export function licences(): Plugin {
  return {
    name: "licences",
    apply: "build",
    generateBundle(_, bundle) {
      const folders = new Set<string>()
      for (const chunk of Object.values(bundle)) {
        if (chunk.type !== "chunk") continue
        for (const id of chunk.moduleIds) {
          const found = /^\0?(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(id)
          if (found) folders.add(found[1]!)
        }
      }
      const texts = new Map<string, string[]>()
      for (const folder of folders) {
        if (!existsSync(join(folder, "package.json"))) continue
        const p = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { name: string; version: string; license: string }
        if (!allowed.has(p.license)) this.error(`${p.name} has the licence ${p.license}`)
        const file = readdirSync(folder).find((f) => /^licen[cs]e/i.test(f))
        const text = file ? readFileSync(join(folder, file), "utf8").trim() : `Licence: ${p.license}`
        texts.set(text, [...(texts.get(text) ?? []), `${p.name} ${p.version}`])
      }
      const source = [...texts]
        .map(([text, names]) => `${names.sort().join("\n")}\n\n${text}\n`)
        .sort()
        .join(`\n${"-".repeat(72)}\n\n`)
      this.emitFile({ type: "asset", fileName: "licences.txt", source: `The page contains software of others.\n\n${source}` })
    },
  }
}
