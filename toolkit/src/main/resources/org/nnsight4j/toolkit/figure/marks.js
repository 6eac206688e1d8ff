// Tells what a mark means, under the pointer or in focus; the arrow keys move the focus.
(() => {
  const figure = document.getElementById('figure');
  const told = document.getElementById('told');
  const marks = [...figure.querySelectorAll('[data-h]')];
  const show = (event) => {
    const mark = event.target.closest('[data-h]');
    if (mark) told.textContent = mark.getAttribute('data-h');
  };
  figure.addEventListener('pointerover', show);
  figure.addEventListener('focusin', show);
  figure.addEventListener('keydown', (event) => {
    const step = { ArrowUp: -1, ArrowLeft: -1, ArrowDown: 1, ArrowRight: 1 }[event.key];
    if (!step || !marks.length) return;
    event.preventDefault();
    const at = marks.indexOf(document.activeElement);
    marks[at < 0 ? 0 : Math.min(marks.length - 1, Math.max(0, at + step))].focus();
  });
})();
