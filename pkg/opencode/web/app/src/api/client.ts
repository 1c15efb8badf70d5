import { t } from "../text"

/** A refusal of the server, or no answer at all (status 0). */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly hint = "",
    readonly kind = "",
  ) {
    super(message)
  }
  get offline() {
    return this.status === 0
  }
  get denied() {
    return this.status === 401 || this.status === 403
  }
}

export type Method = "GET" | "POST" | "PATCH" | "DELETE"

/** What errors look like: OpenCode's named ones, and problem+json. */
interface Refusal {
  name?: string
  type?: string
  title?: string
  detail?: string
  hint?: string
  data?: { message?: string; hint?: string }
}

let denied: () => void = () => {}
/** onDenied is told when the server does not know the caller any more. */
export function onDenied(f: () => void) {
  denied = f
}

/** api asks the server and returns what it answers; failures are ApiErrors. */
export async function api<T>(method: Method, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  let response: Response
  try {
    response = await fetch(path, {
      method,
      headers: body === undefined ? {} : { "Content-Type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal,
    })
  } catch (e) {
    if (signal?.aborted) throw e
    throw new ApiError(0, t.unreachable)
  }
  const text = await response.text()
  if (!response.ok) {
    const e = refusal(response, text)
    if (e.denied) denied()
    throw e
  }
  if (text === "") return undefined as T
  try {
    return JSON.parse(text) as T
  } catch {
    throw new ApiError(502, t.unreadable)
  }
}

function refusal(response: Response, text: string): ApiError {
  let v: Refusal = {}
  try {
    v = JSON.parse(text) as Refusal
  } catch {
    // What stands between may answer with anything.
  }
  const message = v.data?.message ?? v.detail ?? v.title ?? (response.status >= 502 ? t.unreachable : `${response.status} ${response.statusText}`)
  return new ApiError(response.status >= 502 && !v.name && !v.type && !v.title ? 0 : response.status, message, v.data?.hint ?? v.hint ?? "", v.name ?? v.type ?? "")
}

/** path joins parts, each escaped. */
export function path(...parts: string[]): string {
  return "/" + parts.map(encodeURIComponent).join("/")
}

/** query makes a query string of what is set. */
export function query(values: Record<string, string | number | boolean | undefined>): string {
  const q = new URLSearchParams()
  for (const [k, v] of Object.entries(values)) if (v !== undefined && v !== "" && v !== false) q.set(k, String(v))
  const s = q.toString()
  return s && `?${s}`
}
