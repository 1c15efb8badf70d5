package changes

import (
	"regexp"
	"strings"
)

// Words by which a text says of itself what it is. They are those of the
// languages that manuals are written in most; a sentence in another is judged by
// its code and its numbers.
var (
	deprecation = regexp.MustCompile(`(?i)\bdeprecat|\b(?:is|are|now|been|considered) (?:\w+ )?obsolete\b|^obsolete\b|\bwill be (?:removed|dropped) (?:in|from|with|by|as of)\b.{0,40}(?:\d|version|release|future)|\bslated for removal\b|\bend[- ]of[- ]life\b|\bveraltet|\bobsolèt|\bobsolet[ao]s?\b|\bdépréci|\ben desuso\b|устарел|非推奨|已弃用|弃用|廃止予定|사용 중단|더 이상 사용되지`)
	defaults    = regexp.MustCompile(`(?i)\bdefaults?\b|\bstandard(?:wert|mäßig)|\bvoreinstell|\bpar défaut\b|\b(?:por defecto|predeterminad[oa])\b|\bpadrão\b|\bpredefinit[oa]\b|по умолчанию|默认|預設|デフォルト|既定|기본값`)
	advisory    = regexp.MustCompile(`\bCVE-\d{4}-\d{4,}|\bGHSA(?:-[0-9a-z]{4}){3}`)
	fixes       = regexp.MustCompile(`(?i)\bsecurity (?:fix|issue|advisor|update|release|hole|bug|patch|flaw)`)
	vulnerable  = regexp.MustCompile(`(?i)\bvulnerabilit|\bSicherheitslücke|\bvulnérabilit|\bvulnerabilidad|уязвимост|脆弱性|漏洞`)
	breaks      = regexp.MustCompile(`\bBREAKING\b|(?i)\bbreaking[- ]changes?\b|\b(?:backwards?[- ])?incompatible change|\bbackwards?[- ]incompatib|\bnot backwards?[- ]compatible|\brückwärtsinkompatib|\bchangements? incompatibles?|\bcambios? incompatibles?|破壊的変更|破坏性变更|不兼容`)
	gone        = regexp.MustCompile(`(?i)\b(?:been|was|were) (?:removed|dropped) (?:in|since|as of|with|from) (?:\w+ ){0,2}v?\d|\bno longer (?:supported|accepted|exists?|recogni[sz]ed|allowed|provided)\b|\b(?:wurde|wurden) entfernt\b|\ba été (?:supprimé|retiré)|\b(?:fue|ha sido) eliminad|削除されました|已移除|제거되었`)
	// A sentence about what could be is no news.
	supposed = regexp.MustCompile(`(?i)\b(?:may|might|could|would|can|if|unless|whether|potential(?:ly)?|possib(?:le|ly)|avoid\w*|without|before|any|no|not an?|when|should|future|revert\w*)\b|n't\b`)
)

// versionHeading is a heading of a changelog: v1.2.3, [1.2.0] - 2024-05-01,
// Release 17.2, Version 3.0, Unreleased.
var versionHeading = regexp.MustCompile(`(?i)^\[?(?:(?:release|version|v\.?|\pL[\pL.-]{1,20} v?)\s*)?\d+\.\d+(?:\.\d+)*(?:[-.+]?(?:alpha|beta|rc|pre|dev|canary|next)[\w.]*)?\]?(?:$|\s*[(\-–:\[]|\s+/)|^\[?unreleased\]?$`)

// sections of changelogs (Keep a Changelog, conventional commits, and what
// projects write instead), by what their entries are.
var sections = []struct {
	re   *regexp.Regexp
	kind kindRank
}{
	{regexp.MustCompile(`(?i)\bsecurity\b|CVE-`), security},
	{regexp.MustCompile(`(?i)\bbreaking\b|\bincompatib|\bmigration to\b`), breaking},
	{regexp.MustCompile(`(?i)\bremov(?:ed|als?)\b`), removed},
	{regexp.MustCompile(`(?i)\bdeprecat`), deprecated},
	{regexp.MustCompile(`(?i)\b(?:fix(?:ed|es)?|bug ?fixes|performance|documentation|docs|chores?|tests?|refactor\w*|build|miscellaneous)\b`), detail},
	{regexp.MustCompile(`(?i)\bchange[ds]?\b`), api},
	{regexp.MustCompile(`(?i)\b(?:added|features?|new|additions?|enhancements?|improvements?)\b`), added},
}

// edited are the words around the date of the last edit and the like, which a
// generator writes anew; furniture is a short paragraph of nothing else.
var (
	edited = regexp.MustCompile(`(?i)^\W*(?:(?:this |the )?(?:page|document|article|documentation|site|file)?\s*(?:was |is |has been )?(?:last|first|originally)?[- ]*(?:updated|modified|edited|reviewed|changed|published|posted|built|generated|rendered|created|revised|revision|verified|crawled)\b(?:\s+(?:date|at|on|by|time))*|(?:zuletzt|letzte)\b.{0,30}(?:aktualisiert|geändert|bearbeitet|Änderung|Aktualisierung)|(?:dernière (?:mise à jour|modification)|mis à jour)|(?:última (?:actualización|modificación|atualização))|последнее (?:обновление|изменение)|最終更新|最后更新|最近更新|마지막 (?:업데이트|수정)|copyright\b|©|\(c\) ?\d{4}|all rights reserved|edit this page|edit on \w+|improve this page|(?:previous|prev|next|up|home)(?:\s+(?:previous|prev|next|up|home))*$|was this (?:page|article) helpful)`)
	moment = regexp.MustCompile(`(?i)\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d)?(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?)?|\d{1,2}[./]\d{1,2}[./]\d{2,4}|\d{4}年\d{1,2}月\d{1,2}日|(?:\d{1,2}(?:st|nd|rd|th|\.)?\s+)?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|okt|dez|mär|mai|avr|juil|août|déc|ene|abr|ago|dic)\pL*\.?\s+(?:\d{1,2}(?:st|nd|rd|th)?,?\s+)?\d{4}|\d+\s*(?:seconds?|minutes?|hours?|days?|weeks?|months?|years?)\s+ago|\d+\s*min(?:utes?)?\s+read|[\d,.]+[km]?\s+(?:views?|stars?|likes?|comments?|downloads?)`)
)

// maxFurniture is the longest text of furniture, in words.
const maxFurniture = 25

// furniture reports whether a piece is what a generator or a site puts on a
// page: navigation, or when the page was edited.
func furniture(p piece) bool {
	if p.form == code || p.form == row {
		return false
	}
	if n := len(strings.Fields(p.reads)); n > maxFurniture {
		return false
	}
	if edited.MatchString(p.reads) {
		rest := strings.TrimSpace(moment.ReplaceAllString(edited.ReplaceAllString(p.reads, ""), ""))
		if strings.Contains(strings.ToLower(p.reads), "copyright") || strings.HasPrefix(p.reads, "©") || len(strings.Fields(rest)) <= 6 {
			return true
		}
	}
	if strings.Trim(moment.ReplaceAllString(p.reads, ""), " ·|-•,/()") == "" {
		return true
	}
	return onlyLinks(p.text)
}

// onlyLinks reports whether a text is links of words, as navigation is. A link of
// code leads to what is documented.
func onlyLinks(src string) bool {
	linked := false
	for _, s := range spans(src) {
		switch {
		case s.code:
			return false
		case s.link:
			linked = true
		case strings.ContainsFunc(s.text, isWordRune):
			return false
		}
	}
	return linked
}
