package api

// Problem is how operations below /panther/v1 say what went wrong (RFC 9457).
type Problem struct {
	Type   string `json:"type"` // "panther:" and the name of a NamedError
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"`
	Hint   string `json:"hint,omitempty"` // what to do
}
