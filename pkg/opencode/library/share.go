package library

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"panther/pkg/gate"
	"panther/pkg/opencode/api"
	"panther/pkg/opencode/rest"
)

// maxShared bounds what a share sheet sends, in bytes: an address and a few lines.
const maxShared = 64 << 10

var sharedAddress = regexp.MustCompile(`https?://[^\s<>"']+`)

// share is where a phone's share sheet leads: it changes nothing, and shows the
// page on which what was shared can be added or asked about.
func share(w http.ResponseWriter, r *http.Request, _ *rest.None) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxShared)
	if err := r.ParseMultipartForm(maxShared); err != nil && r.Form == nil {
		return api.BadRequest("what was shared cannot be read")
	}
	var texts []string
	for _, name := range []string{"url", "text", "title"} {
		if s := gate.Line(r.PostFormValue(name), 4096); s != "" {
			texts = append(texts, s)
		}
	}
	all := strings.Join(texts, " ")
	to := url.URL{Path: "/"}
	if at := strings.TrimRight(sharedAddress.FindString(all), ".,;:!?)"); at != "" {
		to.Path, to.RawQuery = "/library/add", url.Values{"place": {at}}.Encode()
	} else if all != "" {
		to.RawQuery = url.Values{"q": {all}}.Encode()
	}
	w.Header().Set("Location", to.String())
	w.WriteHeader(http.StatusSeeOther)
	return nil
}
