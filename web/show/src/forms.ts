// The three forms of the code: the short one, and for terminals without a
// network the self-contained ones. 向交警出示 says first what it shows.

import type { Form } from './parts'
import { $ } from './view'
import type { Words } from './words'

export interface Forms {
  readonly form: Form
  /** Back to the short code, where no other can be made any more. */
  reset(): void
  draw(): void
}

/** `carried` tells whether this phone carries what the form needs; `changed` draws the code anew. */
export function setUpForms(w: Words, carried: (form: Form) => boolean, changed: () => void): Forms {
  const dialog = $<HTMLDialogElement>('#tell')
  let form: Form = 'short'

  const choose = (next: Form): void => {
    form = next
    forms.draw()
    changed()
  }
  const press = (wanted: Form): void => {
    if (form === wanted) return choose('short')
    if (!carried(wanted)) {
      $('#formnote').textContent = w.notCarried
      return
    }
    if (wanted === 'full') dialog.showModal()
    else choose(wanted)
  }
  const forms: Forms = {
    get form() {
      return form
    },
    reset: () => form !== 'short' && choose('short'),
    draw: () => {
      document.body.dataset.form = form
      $('#offline').setAttribute('aria-pressed', String(form === 'qualification'))
      $('#police').setAttribute('aria-pressed', String(form === 'full'))
      $('#formnote').textContent = form === 'short' ? '' : w[form]
    },
  }
  $('#offline').addEventListener('click', () => press('qualification'))
  $('#police').addEventListener('click', () => press('full'))
  $('#tellyes').addEventListener('click', () => (dialog.close(), choose('full')))
  $('#tellno').addEventListener('click', () => dialog.close())
  return forms
}
