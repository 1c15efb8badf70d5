package render

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"

	"panther/pkg/sd"
)

const (
	// scanTime bounds the reading of a scan: a page takes some seconds.
	scanTime = 20 * time.Minute
	// dots an inch are what Tesseract is made for.
	dots = "300"
	// maxPage bounds the image of a page, in pixels: A2 has 35 million.
	maxPage = 64 << 20
)

// language is a name of Tesseract's data.
var language = regexp.MustCompile(`^[a-z]{3}(?:_[a-z]{3,4})?$`)

var (
	pdftoppm  = program{name: "pdftoppm", pkg: "poppler-utils", what: "PDF", memory: 2 << 30, cpu: scanTime, args: []string{"-q", "-r", dots, "-gray", "-"}}
	tesseract = program{name: "tesseract", pkg: "tesseract-ocr", what: "page of the PDF", memory: 2 << 30, cpu: readTime}
)

// scan returns the text of a PDF whose pages are images, divided by form feeds.
// Each page is read as soon as it is drawn, so that one is in memory.
func scan(ctx context.Context, pdf []byte, languages []string) (string, error) {
	for _, l := range languages {
		if !language.MatchString(l) {
			return "", errors.New("language is none of Tesseract")
		}
	}
	if len(languages) == 0 {
		languages = []string{"eng"}
	}
	ctx, cancel := context.WithTimeout(ctx, scanTime)
	defer cancel()
	read := tesseract
	read.args = []string{"stdin", "stdout", "--dpi", dots, "-l", strings.Join(languages, "+")}
	r, w := io.Pipe()
	go func() { _ = w.CloseWithError(pdftoppm.run(ctx, pdf, w)) }() // nil ends what is read
	defer r.Close()
	images := bufio.NewReaderSize(r, 1<<16)
	var pages []string
	for size := 0; ; {
		if _, err := images.Peek(1); errors.Is(err, io.EOF) {
			return strings.Join(pages, "\f"), nil
		} else if err != nil {
			return "", err
		}
		page, err := readImage(images)
		if err != nil {
			return "", err
		}
		text, err := read.read(ctx, page)
		if err != nil && strings.Contains(err.Error(), "data file") {
			return "", sd.Hint(err, "install the language data of Tesseract for "+strings.Join(languages, " and ")+": the packages are tesseract-ocr-LANGUAGE")
		}
		if err != nil {
			return "", err
		}
		if size += len(text); size > maxText {
			return "", fmt.Errorf("text of the PDF exceeds %d bytes", maxText)
		}
		pages = append(pages, strings.Trim(text, "\f"))
	}
}

// readImage reads one of the images (netpbm's PGM) that follow each other.
func readImage(r *bufio.Reader) ([]byte, error) {
	var width, height, max int
	if _, err := fmt.Fscanf(r, "P5\n%d %d\n%d\n", &width, &height, &max); err != nil {
		return nil, fmt.Errorf("image of a page cannot be read: %w", err)
	}
	if width <= 0 || height <= 0 || width > maxPage/height || max != 255 {
		return nil, fmt.Errorf("image of a page has %d by %d pixels", width, height)
	}
	head := fmt.Sprintf("P5\n%d %d\n%d\n", width, height, max)
	image := make([]byte, len(head)+width*height)
	copy(image, head)
	if _, err := io.ReadFull(r, image[len(head):]); err != nil {
		return nil, fmt.Errorf("image of a page ends early: %w", err)
	}
	return image, nil
}
