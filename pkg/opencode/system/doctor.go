package system

import (
	"context"
	"net/http"

	"panther/pkg/opencode/api"
	"panther/pkg/opencode/rest"
)

func (s *Server) doctor(context.Context, *rest.None) (*api.Checkup, error) {
	return nil, api.Refuse(http.StatusNotImplemented, api.NameUnavailable, "not yet")
}

type journal struct {
	Unit  string `query:"unit" doc:"A unit of the suite"`
	Lines int    `query:"lines" doc:"At most 1000; default 100"`
}

func (s *Server) journal(context.Context, *journal) (*api.Journal, error) {
	return nil, api.Refuse(http.StatusNotImplemented, api.NameUnavailable, "not yet")
}
