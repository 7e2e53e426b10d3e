/** Held longer than this, a button repeats. */
const PATIENCE_MS = 350;
const REPEAT_MS = 110;

/**
 * Calls back when the button is pressed, and again and again while it is held: by a pointer or with Space or Enter.
 *
 * @param {HTMLButtonElement} button
 * @param {(isFirst: boolean) => void} take
 */
export function onHold(button, take) {
  /** @type {number | undefined} */
  let timer;
  const begin = () => {
    if (timer !== undefined || button.disabled) return;
    button.classList.add('held');
    const repeat = () => {
      timer = window.setTimeout(repeat, REPEAT_MS);
      take(false);
    };
    timer = window.setTimeout(repeat, PATIENCE_MS);
    take(true);
  };
  const end = () => {
    clearTimeout(timer);
    timer = undefined;
    button.classList.remove('held');
  };

  button.addEventListener('pointerdown', (event) => {
    if (event.button !== 0) return;
    button.setPointerCapture(event.pointerId);
    begin();
  });
  for (const ending of ['pointerup', 'pointercancel', 'blur', 'keyup']) button.addEventListener(ending, end);
  button.addEventListener('keydown', (event) => {
    if (event.key !== ' ' && event.key !== 'Enter') return;
    event.preventDefault(); // it would also click
    if (!event.repeat) begin();
  });
  button.addEventListener('contextmenu', (event) => event.preventDefault()); // what a long touch asks for
  button.addEventListener('click', (event) => {
    if (event.detail === 0) take(true); // neither pointer nor key: software that helps to use pages
  });
}
