package admission

import (
	"bytes"
	"context"
	"crypto/sha256"
	"slices"
	"time"

	"edl/internal/fault"
	"edl/internal/lang"
	"edl/internal/photo"
	"edl/internal/relyingparty"
	"edl/internal/uid"
)

// An EvidenceKind is what a file is to prove.
type EvidenceKind string

// The kinds of evidence.
const (
	BodyLicence   EvidenceKind = "licence"
	RoadTransport EvidenceKind = "road_transport"
	Insurance     EvidenceKind = "insurance"
	RentalFiling  EvidenceKind = "rental_filing"
	OtherEvidence EvidenceKind = "other"
)

// evidenceTable names each kind, and says for which scenarios it is asked.
var evidenceTable = []struct {
	Kind  EvidenceKind
	Name  lang.Text
	asked []relyingparty.ScenarioID
}{
	{BodyLicence, lang.T("营业执照（机关单位为统一社会信用代码证书）", "Business licence (public bodies: credit-code certificate)"), nil},
	{RoadTransport, lang.T("道路运输经营许可证", "Road transport permit"), []relyingparty.ScenarioID{relyingparty.Hiring}},
	{Insurance, lang.T("经营保险业务许可证", "Insurance business permit"), []relyingparty.ScenarioID{relyingparty.Underwriting, relyingparty.Claim}},
	{RentalFiling, lang.T("汽车租赁经营备案证明", "Car rental filing"), []relyingparty.ScenarioID{relyingparty.Renting}},
	{OtherEvidence, lang.T("其他材料", "Other evidence"), nil},
}

// EvidenceKinds lists every kind.
func EvidenceKinds() (list []EvidenceKind) {
	for _, row := range evidenceTable {
		list = append(list, row.Kind)
	}
	return list
}

// Name names the kind.
func (k EvidenceKind) Name() lang.Text {
	for _, row := range evidenceTable {
		if row.Kind == k {
			return row.Name
		}
	}
	return lang.Text{}
}

// Evidence returns what must be shown for some scenarios.
func Evidence(scenarios ...relyingparty.ScenarioID) (needed []EvidenceKind) {
	for _, row := range evidenceTable {
		asked := slices.ContainsFunc(scenarios, func(id relyingparty.ScenarioID) bool { return slices.Contains(row.asked, id) })
		if asked || row.Kind == BodyLicence {
			needed = append(needed, row.Kind)
		}
	}
	return needed
}

// A Media is what a file is, known by its bytes.
type Media string

// What is kept: every picture becomes a JPEG made anew.
const (
	JPEG Media = "image/jpeg"
	PDF  Media = "application/pdf"
)

// A File is a piece of evidence.
type File struct {
	ID     string
	Kind   EvidenceKind
	Media  Media
	Size   int    // bytes, as kept
	Digest []byte // SHA-256 of what is kept
	At     time.Time
}

// Bounds of the evidence.
const (
	MaxFile  = 5 << 20 // bytes
	MaxFiles = 8
)

// What is wrong with a file.
var (
	ErrFileSize   = fault.New(fault.TooLarge, "admission.file_size", "文件超过 5 MB，没有收下；已上传的文件都在。请压缩或重新拍摄后再传。", "The file is larger than 5 MB and was not taken; those already uploaded are kept. Make it smaller and try again.")
	ErrFileFormat = fault.New(fault.Unsupported, "admission.file_format", "只收 PDF、JPEG 或 PNG 文件，这个不是；已上传的文件都在。", "Only PDF, JPEG or PNG files are taken, and this is none; those already uploaded are kept.")
	ErrFileMany   = fault.New(fault.Invalid, "admission.file_many", "最多 8 个文件，请先删去一个。", "At most 8 files. Remove one first.")
	ErrFileKind   = fault.New(fault.Invalid, "admission.file_kind", "没有这一类材料。", "There is no such kind of evidence.")
	ErrEvidence   = fault.New(fault.Invalid, "admission.evidence", "还缺必需的材料，请按清单补齐后再提交。", "Evidence that is asked for is missing. Add it as listed, then submit.")
)

// take makes of an upload what is kept. A picture is decoded within its limits
// and made anew; a PDF is known by its header alone and never opened here.
func (s *Service) take(ctx context.Context, data []byte) (Media, []byte, error) {
	if len(data) > MaxFile {
		return "", nil, ErrFileSize
	}
	if isPDF(data) {
		return PDF, data, nil
	}
	header, err := photo.Inspect(data)
	if err != nil {
		if f := fault.Of(err); f != nil && f.Code == photo.ErrFormat.Code {
			return "", nil, ErrFileFormat
		}
		return "", nil, err
	}
	if header.Format != photo.JPEG && header.Format != photo.PNG {
		return "", nil, ErrFileFormat
	}
	picture, err := s.Decode(ctx, data)
	if err != nil {
		return "", nil, err
	}
	jpeg, err := photo.Reencode(picture)
	return JPEG, jpeg, err
}

// isPDF reports whether the file begins as PDF 1.x and 2.x do (ISO 32000-2
// §7.5.2). Readers also open a header that comes later; that is how a page
// passes for a document, so it is not taken.
func isPDF(data []byte) bool {
	return len(data) > 8 && (bytes.HasPrefix(data, []byte("%PDF-1.")) || bytes.HasPrefix(data, []byte("%PDF-2."))) && data[7] >= '0' && data[7] <= '9'
}

// MayAttach refuses an upload before it is read: to who uploads too often, or
// holds no application.
func (s *Service) MayAttach(ctx context.Context, address string, who Holder) error {
	if err := s.Allow(LimitUpload, address); err != nil {
		return err
	}
	_, err := s.Mine(ctx, address, who)
	return err
}

// Attach keeps a file of the application, after MayAttach.
func (s *Service) Attach(ctx context.Context, address string, who Holder, kind EvidenceKind, data []byte) (a *Application, err error) {
	if !slices.Contains(EvidenceKinds(), kind) {
		return nil, fault.At("kind", ErrFileKind)
	}
	if _, err := s.find(ctx, address, who); err != nil {
		return nil, err // before the work of decoding
	}
	media, kept, err := s.take(ctx, data)
	if err != nil {
		return nil, s.refused(ctx, address, err)
	}
	sum := sha256.Sum256(kept)
	return s.change(ctx, address, who, func(tx Tx, a *Application) error {
		if len(a.Files) >= MaxFiles {
			return ErrFileMany
		}
		f := File{ID: uid.New(s.Now()), Kind: kind, Media: media, Size: len(kept), Digest: sum[:], At: s.Now()}
		a.Files = append(a.Files, f)
		return tx.AddEvidence(ctx, a.ID, f, kept)
	})
}

// Remove drops a file of the application.
func (s *Service) Remove(ctx context.Context, address string, who Holder, id string) (*Application, error) {
	if err := s.Allow(LimitRead, address); err != nil {
		return nil, err
	}
	return s.change(ctx, address, who, func(tx Tx, a *Application) error {
		i := slices.IndexFunc(a.Files, func(f File) bool { return f.ID == id })
		if i < 0 {
			return errNoFile
		}
		a.Files = slices.Delete(a.Files, i, i+1)
		return tx.RemoveEvidence(ctx, a.ID, id)
	})
}

var errNoFile = fault.New(fault.NotFound, "not_found", "没有找到，或者您无权查看。", "Nothing was found, or nothing you may see.")

// lacks returns the evidence that is asked for and not there.
func (a *Application) lacks() (missing []EvidenceKind) {
	for _, k := range Evidence(a.scenarios()...) {
		if !slices.ContainsFunc(a.Files, func(f File) bool { return f.Kind == k }) {
			missing = append(missing, k)
		}
	}
	return missing
}
