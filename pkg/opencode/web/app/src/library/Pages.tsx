import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query"
import { Link, useNavigate, useSearch } from "@tanstack/react-router"
import { api, query } from "../api/client"
import type { PageList } from "../api/types"
import { place } from "../ask/Sources"
import { Fault } from "../shell/Fault"
import { move } from "../shell/keys"
import { t } from "../text"
import { at } from "./data"
import { Outcomes } from "./Progress"

/** What became of the pages of the last run, and why. */
export function Pages({ name, run }: { name: string; run: string }) {
  const { outcome } = useSearch({ from: "/library/$name" })
  const navigate = useNavigate({ from: "/library/$name" })
  const found = useInfiniteQuery({
    queryKey: ["pages", name, run, outcome ?? ""],
    queryFn: ({ pageParam, signal }) => api<PageList>("GET", at(name, "pages") + query({ outcome, cursor: pageParam, limit: 100 }), undefined, signal),
    initialPageParam: "",
    getNextPageParam: (p: PageList) => p.next || undefined,
    placeholderData: keepPreviousData,
  })
  const first = found.data?.pages[0]
  const pages = found.data?.pages.flatMap((p) => p.pages) ?? []
  return (
    <section className="group">
      <h2>{t.pagesOf}</h2>
      {found.error && <Fault error={found.error} retry={() => void found.refetch()} />}
      {first && <Outcomes counts={first.counts} chosen={outcome} onChoose={(o) => void navigate({ search: { outcome: o } })} />}
      {found.isSuccess && !pages.length && <p className="soft">{t.noPages}</p>}
      <ul className="pages" onKeyDown={move}>
        {pages.map((p) => (
          <li key={p.uri}>
            <Link to="/read" search={{ uri: p.uri }} data-move>
              <bdi>{place(p.uri)}</bdi>
            </Link>
            <span className="small soft">
              {p.outcome}
              {p.status ? ` ${p.status}` : ""}
              {p.reason ? `: ${p.reason}` : ""}
            </span>
          </li>
        ))}
      </ul>
      {found.hasNextPage && (
        <button type="button" className="button" disabled={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>
          {t.more}
        </button>
      )}
    </section>
  )
}
