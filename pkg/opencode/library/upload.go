package library

import (
	"errors"
	"net/http"

	"panther/pkg/opencode/api"
	"panther/pkg/opencode/rest"
)

type upload struct {
	Source string `query:"source" doc:"Name of the source that the file belongs to; made with its first file"`
	File   string `query:"file" doc:"Name of the file, whose ending tells its kind"`
}

// upload hands a file on to the crawler, which keeps it: the runtime neither reads
// nor stores it.
func (s *Server) upload(w http.ResponseWriter, r *http.Request, in *upload) error {
	ctx := r.Context()
	if err := s.operator(ctx); err != nil {
		return err
	}
	if in.Source == "" || in.File == "" || len(in.Source) > 64 || len(in.File) > 200 {
		return api.BadRequest("name the source and the file: ?source=notes&file=plan.pdf")
	}
	kept, err := s.Crawler.Upload(ctx, in.Source, in.File, r.Body)
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return large
	case err != nil:
		return crawlError(err)
	}
	rest.Answer(w, http.StatusOK, kept)
	return nil
}
