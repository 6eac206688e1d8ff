// Shows the edges of the node under the pointer or in focus, and tells the strongest; arrow keys move.
(() => {
  const figure = document.getElementById('figure');
  const told = document.getElementById('told');
  const nodes = [...figure.querySelectorAll('[data-h]')];
  const edges = [...figure.querySelectorAll('[data-e]')];
  const ends = edges.map((edge) => edge.getAttribute('data-e').split(' ').map(Number));
  const places = nodes.map((node) => {
    const box = node.querySelector('rect');
    return [Number(box.getAttribute('x')) + Number(box.getAttribute('width')) / 2, Number(box.getAttribute('y'))];
  });
  const choose = (at) => {
    edges.forEach((edge, i) => {
      edge.style.opacity = at < 0 || ends[i].includes(at) ? '' : '0.08';
    });
    const near = new Set(ends.filter((pair) => pair.includes(at)).flat());
    nodes.forEach((node, i) => {
      node.style.opacity = at < 0 || i === at || near.has(i) ? '' : '0.35';
    });
    if (at >= 0) told.textContent = nodes[at].getAttribute('data-h');
  };
  const show = (event) => choose(nodes.indexOf(event.target.closest('[data-h]')));
  figure.addEventListener('pointerover', show);
  figure.addEventListener('pointerleave', () => choose(nodes.indexOf(document.activeElement)));
  figure.addEventListener('focusin', show);
  figure.addEventListener('keydown', (event) => {
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (!way || !nodes.length) return;
    event.preventDefault();
    const at = nodes.indexOf(document.activeElement);
    if (at < 0) return nodes[0].focus();
    // The nearest node that way; sideways stays in the row.
    let best = -1;
    let least = Infinity;
    places.forEach(([x, y], i) => {
      const aside = x - places[at][0];
      const along = y - places[at][1];
      const ahead = way[0] ? way[0] * aside : way[1] * along;
      if (i === at || ahead <= 0 || (way[0] && along)) return;
      const far = way[0] ? ahead : ahead * 1000 + Math.abs(aside);
      if (far < least) {
        least = far;
        best = i;
      }
    });
    if (best >= 0) nodes[best].focus();
  });
})();
