package application

import (
	"time"

	"edl/internal/civil"
	"edl/internal/fault"
)

// Faults of a photo's age, and of changing it too often.
var (
	ErrPhotoOld  = fault.New(fault.Invalid, "application.photo_old", "照片应为6个月内拍摄，请换一张或现场拍照。", "The photo must have been taken within the last 6 months; choose another or take one now.")
	ErrPhotoDate = fault.New(fault.Invalid, "application.photo_date", "照片的拍摄时间在今天以后，请检查手机时间，或现场拍一张。", "The photo's date lies in the future; check the phone's clock, or take a photo now.")
	ErrPhotoSoon = fault.New(fault.Conflict, "application.photo_soon", "两次更换照片须间隔6个月以上。", "The photo can be changed once in 6 months.")
)

// photoMonths is both how old an uploaded photo may be and how far apart two
// changes must be.
const photoMonths = 6

// CheckPhotoAge returns nil for a photo taken within 6 months before now. A
// date of tomorrow is taken too: cameras on journeys keep the time of home.
func CheckPhotoAge(taken, now time.Time) error {
	if civil.Of(taken).After(civil.Of(now).AddDays(1)) {
		return ErrPhotoDate
	}
	if civil.Of(taken).AddMonths(photoMonths).Before(civil.Of(now)) {
		return ErrPhotoOld
	}
	return nil
}

// PhotoChangeOpens returns the first day on which the photo can be changed:
// at once after an issue from the photo on file, for the driver has not chosen
// that one; else 6 months after the present photo was issued.
func PhotoChangeOpens(route Route, issued time.Time) civil.Date {
	day := civil.Of(issued)
	if route == OnFile {
		return day
	}
	return day.AddMonths(photoMonths)
}

// CanChangePhoto returns nil if the photo that came by route and was issued at
// issued can be changed now. An application that reused a photo passes that
// photo's own route and time.
func CanChangePhoto(route Route, issued, now time.Time) error {
	if civil.Of(now).Before(PhotoChangeOpens(route, issued)) {
		return ErrPhotoSoon
	}
	return nil
}
