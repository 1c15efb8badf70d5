import { useSyncExternalStore } from "react"

/** A value that components follow. Writing is batched by whoever writes. */
export class Store<T> {
  private listeners = new Set<() => void>()
  constructor(private value: T) {}
  get = () => this.value
  set(v: T) {
    if (Object.is(v, this.value)) return
    this.value = v
    for (const f of [...this.listeners]) f()
  }
  subscribe = (f: () => void) => {
    this.listeners.add(f)
    return () => this.listeners.delete(f)
  }
}

export function useStore<T>(s: Store<T>): T {
  return useSyncExternalStore(s.subscribe, s.get)
}

/** A string of this browser that outlives the page. Private windows may refuse. */
export const kept = {
  get(key: string): string {
    try {
      return localStorage.getItem(key) ?? ""
    } catch {
      return ""
    }
  },
  set(key: string, v: string) {
    try {
      if (v) localStorage.setItem(key, v)
      else localStorage.removeItem(key)
    } catch {
      // The page works without.
    }
  },
}
