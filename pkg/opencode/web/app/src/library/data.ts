import { queryOptions } from "@tanstack/react-query"
import { api, path } from "../api/client"
import type { SourceDetail, SourceList, SourceState } from "../api/types"

const often = 1_000 // milliseconds, while something is visited

export const sourcesQuery = queryOptions({
  queryKey: ["sources"],
  queryFn: ({ signal }) => api<SourceList>("GET", "/panther/v1/sources", undefined, signal),
  refetchInterval: (q) => (q.state.data?.sources.some(visited) ? often : 15_000),
})

export const sourceQuery = (name: string) =>
  queryOptions({
    queryKey: ["sources", name],
    queryFn: ({ signal }) => api<SourceDetail>("GET", at(name), undefined, signal),
    refetchInterval: (q) => (q.state.data && visited(q.state.data) ? often : 15_000),
  })

export const at = (name: string, ...rest: string[]) => path("panther", "v1", "sources", name, ...rest)

export const visited = (s: SourceState) => !!s.progress && !s.progress.finished
