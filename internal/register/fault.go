package register

import "edl/internal/fault"

// Faults of one line. The line is refused, its field named, the rest is taken.
var (
	ErrLineBytes     = fault.New(fault.Invalid, "register.bytes", "有无法识别的字符，请核对来源系统的编码。", "Characters here cannot be read; check the encoding of the source.")
	ErrLineDoubled   = fault.New(fault.Invalid, "register.double_encoded", "文字被重复编码（乱码），请从来源系统按原编码重新导出。", "The text was encoded twice and is garbled; export it again in its original encoding.")
	ErrLineLong      = fault.New(fault.Invalid, "register.line_long", "这一行过长，请核对是否缺少换行。", "The line is too long; check for a missing line break.")
	ErrLineColumns   = fault.New(fault.Invalid, "register.columns", "这一行的列数与表头不一致。", "The line has another number of columns than the header.")
	ErrLineQuote     = fault.New(fault.Invalid, "register.quote", "引号不成对。含逗号或引号的内容须整项加英文双引号，内部引号写两次，项内不能换行。", "Quotes do not pair. Put a field with commas or quotes in double quotes, double the quotes inside, and keep it on one line.")
	ErrLineJSON      = fault.New(fault.Invalid, "register.json", "这一行不是单层的JSON对象，或有重复的名称。", "The line is not a flat JSON object, or a member occurs twice.")
	ErrMissing       = fault.New(fault.Invalid, "register.missing", "此项必填。", "This field is required.")
	ErrInvisible     = fault.New(fault.Invalid, "register.invisible", "含有看不见的字符或改变书写方向的字符。", "There are invisible characters, or some that change the direction of writing.")
	ErrDate          = fault.New(fault.Invalid, "register.date", "没有这一天，或写法不对。请写成2026-10-09或20261009。", "There is no such day, or it is written in another way; write 2026-10-09 or 20261009.")
	ErrTime          = fault.New(fault.Invalid, "register.time", "时间写法不对。请写成2026-10-09 10:32:08。", "The time is written in another way; write 2026-10-09 10:32:08.")
	ErrFuture        = fault.New(fault.Invalid, "register.future", "日期或时间在将来。", "The date or time lies in the future.")
	ErrNumber        = fault.New(fault.Invalid, "register.number", "应为整数。", "This must be a whole number.")
	ErrYesNo         = fault.New(fault.Invalid, "register.yes_no", "请写1（是）或0（否）。", "Write 1 for yes or 0 for no.")
	ErrClassSince    = fault.New(fault.Invalid, "register.class_since", "请写成“C1:2016-12-28 D:2018-03-01”，每个准驾车型至多一次，且须是所持车型。", "Write C1:2016-12-28 D:2018-03-01, each class held at most once.")
	ErrStatusUnknown = fault.New(fault.Invalid, "register.status_unknown", "有未知的状态字母，已按“其他”（Z）处理，待核实。", "An unknown status letter was taken as “other” (Z) and is to be verified.")
	ErrPhotoSource   = fault.New(fault.Invalid, "register.photo_source", "照片来源请写1（身份证）、2（驾驶证）或3（窗口拍摄）。", "Write 1 (identity card), 2 (driving licence) or 3 (taken at a window).")
	ErrPhotoFile     = fault.New(fault.Invalid, "register.photo_file", "照片文件夹里没有这个文件，或文件名含有路径。", "The photo folder has no such file, or the name holds a path.")
	ErrPhotoData     = fault.New(fault.Invalid, "register.photo_data", "照片内容不是Base64。", "The photo's content is not base64.")
	ErrOtherPerson   = fault.New(fault.Conflict, "register.other_person", "档案编号已属于姓名、证号和出生日期都不同的另一人，请核对是否错列或错号。", "The file number belongs to somebody of another name, number and birth date; check for a shifted column or a wrong number.")
)

// Faults of a whole file. Nothing of it is applied.
var (
	ErrFileEmpty    = fault.New(fault.Invalid, "register.file_empty", "文件里没有任何记录。", "The file holds no record.")
	ErrFileBinary   = fault.New(fault.Unsupported, "register.file_binary", "这不是文本文件。如果是Excel工作簿，请另存为“CSV UTF-8（逗号分隔）”。", "This is not a text file. If it is an Excel workbook, save it as “CSV UTF-8 (comma delimited)”.")
	ErrFileUTF16    = fault.New(fault.Unsupported, "register.file_utf16", "文件是UTF-16编码，请另存为UTF-8或GB18030。", "The file is encoded in UTF-16; save it as UTF-8 or GB18030.")
	ErrFileDoubled  = fault.New(fault.Invalid, "register.file_double_encoded", "文件被重复编码，汉字已成乱码。请从来源系统按原编码重新导出。", "The file was encoded twice and its Chinese is garbled. Export it again in its original encoding.")
	ErrColumnNeeded = fault.New(fault.Invalid, "register.column_needed", "表头缺少必需的列。", "The header lacks a column that is required.")
	ErrColumnTwice  = fault.New(fault.Invalid, "register.column_twice", "表头中有两列是同一项。", "Two columns of the header are the same field.")
	ErrMapping      = fault.New(fault.Invalid, "register.mapping", "对照表每行写成“列名 = 文件中的列名”或“列名 := 固定值”，列名须是已知的。", "Each line of the mapping reads “column = name in the file” or “column := fixed value”, and the column must be known.")
	ErrManyRefused  = fault.New(fault.Conflict, "register.many_refused", "超过1%的行不能接收，尚未写入任何内容。请改正后重来，或明确要求继续。", "More than 1 % of the lines cannot be taken, and nothing was written. Correct the file, or say that it shall go on.")
	ErrAsOfFuture   = fault.New(fault.Invalid, "register.as_of_future", "“自何时起”不能在将来。", "The moment since when the file holds must not lie in the future.")
	ErrRun          = fault.New(fault.Invalid, "register.run", "请用1至100个字母、数字或-_.:命名这一批。", "Name the run with 1 to 100 letters, digits or -_.: characters.")
)
