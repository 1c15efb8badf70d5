import type { components } from "./schema"

type S = components["schemas"]
export type Session = S["Session"]
export type Message = S["Message"]
export type Agent = S["Agent"]
export type Providers = S["Providers"]
export type Prompt = S["Prompt"]
export type PromptPart = S["PromptPart"]
export type NamedError = S["NamedError"]
export type PermissionRequest = S["PermissionRequest"]
export type SessionStatus = S["SessionStatus"]
export type ToolState = S["ToolState"]
export type Part = S["Part"]
export type Overview = S["Overview"]
export type ConversationList = S["ConversationList"]
export type SourceList = S["SourceList"]
export type SourceState = S["SourceState"]
export type SourceDetail = S["SourceDetail"]
export type AddedSource = S["AddedSource"]
export type RunList = S["RunList"]
export type PageList = S["PageList"]
export type SearchResult = S["SearchResult"]
export type SearchHit = S["SearchHit"]
export type DocumentView = S["DocumentView"]
export type MemoryList = S["MemoryList"]
export type MemoryView = S["MemoryView"]
export type System = S["System"]
export type UnitState = S["UnitState"]
export type Checkup = S["Checkup"]
export type Journal = S["Journal"]
export type ModelList = S["ModelList"]
export type ModelTest = S["ModelTest"]
export type Spend = S["Spend"]
export type Secrets = S["Secrets"]
export type Check = S["Check"]
export type Login = S["Login"]

export interface MessageWithParts {
  info: Message
  parts: Part[]
}

/** A passage that an answer may cite as [n]: metadata.sources of a text part. */
export interface Citation {
  n: number
  title: string
  link: string
  uri: string
  source: string
  score: number
  cited: boolean
  passage?: string
  read?: string
}

/** An event of GET /event. Which properties there are depends on the type. */
export interface Event {
  type: string
  properties: {
    sessionID?: string
    info?: unknown
    part?: Part
    messageID?: string
    partID?: string
    delta?: string
    status?: SessionStatus
    error?: NamedError
    requestID?: string
    id?: string
  }
}
