/** startWorker lets the page open without a network. Its own file is the only script whose address is made of a text. */
export function startWorker() {
  if (!("serviceWorker" in navigator)) return
  const types = (globalThis as unknown as { trustedTypes?: { createPolicy(name: string, rules: object): { createScriptURL(s: string): string } } }).trustedTypes
  const policy = types?.createPolicy("panther", { createScriptURL: (s: string) => (s === "/sw.js" ? s : "") })
  const url = policy ? policy.createScriptURL("/sw.js") : "/sw.js"
  addEventListener("load", () => void navigator.serviceWorker.register(url).catch(() => {}))
}
