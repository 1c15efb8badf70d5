import { useQuery } from "@tanstack/react-query"
import { useMemo } from "react"
import type { DocumentView } from "../api/types"
import { Markdown } from "../markdown/Markdown"
import { Fault } from "../shell/Fault"
import { t } from "../text"
import { changes, documentQuery } from "./data"

/** What changed between two versions of a page. */
export function Difference({ from, to }: { from: string; to: DocumentView }) {
  const found = useQuery(documentQuery(from))
  const list = useMemo(() => (found.data ? changes(found.data.markdown, to.markdown) : []), [found.data, to])
  if (found.error) return <Fault error={found.error} retry={() => void found.refetch()} />
  if (!found.data) return <p className="soft">{t.loading}</p>
  if (list.every((c) => c.kind === "same")) return <p>{t.noDifference}</p>
  return (
    <div className="difference">
      {list.map((c, i) =>
        c.kind === "same" ? (
          near(list, i) && <Markdown key={i} text={c.text} />
        ) : c.kind === "added" ? (
          <ins key={i} aria-label={t.added}>
            <Markdown text={c.text} />
          </ins>
        ) : (
          <del key={i} aria-label={t.removed}>
            <Markdown text={c.text} />
          </del>
        ),
      )}
    </div>
  )
}

/** near keeps a paragraph on either side of a change. */
const near = (list: { kind: string }[], i: number) => list[i - 1]?.kind !== "same" || list[i + 1]?.kind !== "same"
