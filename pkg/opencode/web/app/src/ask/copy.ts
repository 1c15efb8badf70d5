import { fail, say } from "../shell/toast"
import { t } from "../text"

export function copy(text: string) {
  navigator.clipboard.writeText(text).then(
    () => say(t.copied),
    () => fail(t.copyFailed),
  )
}

/** plain is Markdown without its marks, for what reads none. */
export function plain(md: string): string {
  return md
    .replace(/^(`{3,}|~{3,}).*$/gm, "")
    .replace(/^#{1,6} +/gm, "")
    .replace(/\*\*([^*]+)\*\*/g, "$1")
    .replace(/(^|[\s(])[*_]([^*_\n]+)[*_]/g, "$1$2")
    .replace(/`([^`\n]+)`/g, "$1")
    .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/\\([!-/:-@[-`{-~])/g, "$1")
    .replace(/\n{3,}/g, "\n\n")
    .trim()
}
