import { queryOptions } from "@tanstack/react-query"
import { api } from "./client"
import type { Agent, Overview, Providers } from "./types"

const long = 60_000

export const overviewQuery = queryOptions({ queryKey: ["overview"], queryFn: ({ signal }) => api<Overview>("GET", "/panther/v1/overview", undefined, signal), staleTime: long })

export const agentsQuery = queryOptions({
  queryKey: ["agents"],
  queryFn: ({ signal }) => api<Agent[]>("GET", "/agent", undefined, signal),
  select: (l: Agent[]) => l.filter((a) => !a.hidden && a.mode !== "subagent"),
  staleTime: long,
})

export const providersQuery = queryOptions({ queryKey: ["providers"], queryFn: ({ signal }) => api<Providers>("GET", "/config/providers", undefined, signal), staleTime: long })
