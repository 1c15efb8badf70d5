import react from "@vitejs/plugin-react"
import { defineConfig } from "vite"
import { licences } from "./build/licences.ts"
import { worker } from "./build/worker.ts"

// The page is served below /web/ by opencoded, under a policy that allows no
// inline script or style: nothing is inlined, and names follow from content.
export default defineConfig({
  base: "/web/",
  plugins: [react(), licences(), worker()],
  resolve: {
    alias: {
      // The browser's own build decodes by innerHTML, which the policy forbids.
      "decode-named-character-reference": new URL("./src/markdown/entities.ts", import.meta.url).pathname,
    },
  },
  build: {
    target: "es2022",
    outDir: process.env.OUT ?? "dist",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 700,
    rolldownOptions: {
      input: { index: "index.html", sw: "src/sw.ts" },
      output: {
        entryFileNames: (chunk) => (chunk.name === "sw" ? "sw.js" : "assets/[name]-[hash].js"),
        chunkFileNames: "assets/[name]-[hash].js",
        assetFileNames: "assets/[name]-[hash][extname]",
        codeSplitting: {
          groups: [
            { name: "base", test: /node_modules\/(react|react-dom|scheduler|@tanstack)\//, priority: 2 },
            { name: "markdown", test: /node_modules\/(react-markdown|remark-|mdast-|micromark|hast-util-(to-jsx|whitespace)|unified|unist-|vfile|property-information)/, priority: 1 },
          ],
        },
      },
    },
  },
})
