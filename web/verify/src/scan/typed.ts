// What a hand scanner or the clipboard does to a code on its way: small letters
// by Caps Lock, line ends between records or from a message. Base45 has none of
// them, so undoing it loses nothing. A blank at the end may belong to the code.

export const typed = (text: string): string => text.replace(/^\s+|[\r\n\t]+/g, '').toUpperCase()
