import { useQuery } from "@tanstack/react-query"
import { api, query } from "../api/client"
import type { Journal as Lines } from "../api/types"
import { Fault } from "../shell/Fault"
import { Modal } from "../shell/Modal"
import { t } from "../text"

/** The last lines of a unit. */
export function Journal({ unit, onClose }: { unit: string; onClose: () => void }) {
  const found = useQuery({ queryKey: ["journal", unit], queryFn: ({ signal }) => api<Lines>("GET", `/panther/v1/system/journal${query({ unit, lines: 100 })}`, undefined, signal) })
  return (
    <Modal title={`${t.journal}: ${unit}`} className="journal" onClose={onClose}>
      <h2>{unit}</h2>
      {found.error && <Fault error={found.error} retry={() => void found.refetch()} />}
      {found.isPending && <p className="soft">{t.loading}</p>}
      {found.data?.note && <p>{found.data.note}</p>}
      {found.data?.hint && (
        <p>
          <code>{found.data.hint}</code>
        </p>
      )}
      {found.data && found.data.lines.length > 0 && (
        <ol tabIndex={0} aria-label={t.journal}>
          {found.data.lines.map((l, i) => (
            <li key={i} data-bad={l.priority < 4 || undefined}>
              <time dateTime={l.time}>{new Date(l.time).toLocaleTimeString()}</time> {l.text}
            </li>
          ))}
        </ol>
      )}
      <p className="row">
        <button type="button" className="button" onClick={onClose}>
          {t.close}
        </button>
      </p>
    </Modal>
  )
}
