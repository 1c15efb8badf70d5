import { useRouter } from "@tanstack/react-router"
import { ApiError } from "../api/client"
import { t } from "../text"
import { Icon } from "./icons"

/** What went wrong, what to do about it, and a way to try again. */
export function Fault({ error, retry }: { error: unknown; retry?: () => void }) {
  const hint = error instanceof ApiError ? (error.denied ? t.deniedHint : error.hint) : ""
  return (
    <div className="card warn" role="alert">
      <h2>{error instanceof Error ? error.message : String(error)}</h2>
      {hint && <p>{hint}</p>}
      {retry && (
        <p className="row">
          <button type="button" className="button" onClick={retry}>
            {t.retry}
          </button>
        </p>
      )}
    </div>
  )
}

/** A part of the page that threw: nothing else is lost with it. */
export function Broken({ error }: { error: unknown }) {
  const router = useRouter()
  return (
    <div className="scroll">
      <Fault error={new Error(`${t.broken}: ${error instanceof Error ? error.message : String(error)}`)} retry={() => void router.invalidate()} />
    </div>
  )
}

export function NotFound() {
  const router = useRouter()
  return (
    <div className="empty">
      <Icon name="search" />
      <h1>{t.notFound}</h1>
      <p>{t.notFoundHint}</p>
      <button type="button" className="button" onClick={() => void router.navigate({ to: "/" })}>
        {t.toStart}
      </button>
    </div>
  )
}
