import { createHash } from "node:crypto"
import { readFileSync, readdirSync } from "node:fs"
import type { Plugin } from "vite"

// worker tells the service worker which files make the page without a network,
// and a name for them that changes when one of them does.
export function worker(): Plugin {
  return {
    name: "worker",
    apply: "build",
    enforce: "post",
    generateBundle(_, bundle) {
      const hash = createHash("sha256")
      const built = Object.keys(bundle).filter((f) => f !== "sw.js" && f !== "licences.txt")
      for (const f of built.sort()) {
        const b = bundle[f]!
        hash.update(f).update(b.type === "chunk" ? b.code : b.source)
      }
      const still = readdirSync("public").sort()
      for (const f of still) hash.update(f).update(readFileSync(`public/${f}`))
      const sw = bundle["sw.js"]
      if (sw?.type !== "chunk") throw new Error("there is no service worker")
      const files = [...built.filter((f) => f !== "index.html"), ...still].map((f) => `/web/${f}`)
      hash.update(sw.code)
      sw.code = sw.code.replace(/["'`]__FILES__["'`]/, JSON.stringify(files)).replace("__VERSION__", hash.digest("hex").slice(0, 12))
      if (/__FILES__|__VERSION__|^\s*(import|export)\b/m.test(sw.code)) throw new Error("the service worker was not made whole")
    },
  }
}
