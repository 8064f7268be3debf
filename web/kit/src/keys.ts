// Every control answers Enter and Space alike. Browsers leave Space on a link
// to scrolling; links that look like buttons and tiles are pressed by it here.

function press(event: KeyboardEvent): void {
  if (event.key !== ' ' || event.repeat || event.defaultPrevented) return
  if (!(event.target instanceof HTMLAnchorElement) || !event.target.href) return
  event.preventDefault()
  event.target.click()
}

export const pressLinksBySpace = (): void => addEventListener('keydown', press)
