package library

import (
	"net/http"
	"net/url"

	"panther/pkg/gate"
	"panther/pkg/opencode/api"
	"panther/pkg/opencode/rest"
)

// maxShared bounds what a share sheet sends, in bytes: an address and a few lines.
const maxShared = 64 << 10

// share is where share sheets lead that send forms: it changes nothing, and shows
// the page's own screen with what was shared.
func share(w http.ResponseWriter, r *http.Request, _ *rest.None) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxShared)
	if err := r.ParseMultipartForm(maxShared); err != nil && r.PostForm == nil {
		return api.BadRequest("what was shared cannot be read")
	}
	shared := url.Values{}
	for _, name := range []string{"url", "text", "title"} {
		if s := gate.Line(r.PostFormValue(name), 4096); s != "" {
			shared.Set(name, s)
		}
	}
	to := url.URL{Path: "/share", RawQuery: shared.Encode()}
	w.Header().Set("Location", to.String())
	w.WriteHeader(http.StatusSeeOther)
	return nil
}
