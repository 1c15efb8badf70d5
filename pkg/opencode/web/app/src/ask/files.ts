import type { PromptPart } from "../api/types"
import { t } from "../text"

const largest = 2 << 20

/** readFile makes a part of a question of a file or a photo. */
export async function readFile(f: File): Promise<PromptPart> {
  if (f.size > largest) throw new Error(t.fileTooLarge(f.name))
  const url = await new Promise<string>((ok, no) => {
    const r = new FileReader()
    r.onload = () => ok(String(r.result))
    r.onerror = () => no(r.error ?? new Error(f.name))
    r.readAsDataURL(f)
  })
  const mime = f.type || "text/plain"
  return { type: "file", mime, filename: f.name, url: f.type ? url : url.replace(/^data:[^;,]*/, `data:${mime}`) }
}
