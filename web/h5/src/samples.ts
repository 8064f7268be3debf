// Drawn examples: one photo as it should be, and those that are sent back.

import type { Text } from '@edl/kit/i18n'
import blink from './art/bad-blink.svg'
import dark from './art/bad-dark.svg'
import fringe from './art/bad-fringe.svg'
import glasses from './art/bad-glasses.svg'
import hand from './art/bad-hand.svg'
import hat from './art/bad-hat.svg'
import light from './art/bad-light.svg'
import makeup from './art/bad-makeup.svg'
import mask from './art/bad-mask.svg'
import roll from './art/bad-roll.svg'
import scarf from './art/bad-scarf.svg'
import scene from './art/bad-scene.svg'
import two from './art/bad-two.svg'
import uniform from './art/bad-uniform.svg'
import word from './art/bad-word.svg'
import good from './art/portrait.svg'

export { good }

export const samples: { image: string; say: Text }[] = [
  { image: fringe, say: { zh: '头发遮眉遮耳', en: 'hair over brows or ears' } },
  { image: scene, say: { zh: '背景不是白色', en: 'background not white' } },
  { image: dark, say: { zh: '光线太暗', en: 'too dark' } },
  { image: glasses, say: { zh: '墨镜', en: 'sunglasses' } },
  { image: mask, say: { zh: '口罩', en: 'mask' } },
  { image: hat, say: { zh: '帽子、饰品', en: 'hat, ornaments' } },
  { image: scarf, say: { zh: '围巾', en: 'scarf' } },
  { image: roll, say: { zh: '头歪、肩不平', en: 'head or shoulders tilted' } },
  { image: blink, say: { zh: '眨眼、闭眼', en: 'eyes closed' } },
  { image: light, say: { zh: '衣服颜色过浅', en: 'clothes too light' } },
  { image: uniform, say: { zh: '制式服装', en: 'uniform' } },
  { image: makeup, say: { zh: '浓妆', en: 'heavy make-up' } },
  { image: hand, say: { zh: '打手势', en: 'hand sign' } },
  { image: two, say: { zh: '不止一个人', en: 'more than one person' } },
  { image: word, say: { zh: '画面有文字', en: 'words in the picture' } },
]
