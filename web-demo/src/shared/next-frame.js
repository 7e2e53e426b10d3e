/** Waits for a frame, or for a short time when the page is hidden and has no frames. */
export function nextFrame() {
  return new Promise((resolve) => {
    requestAnimationFrame(resolve);
    setTimeout(resolve, 100);
  });
}
