// Tells the number of the cell under the pointer, or of the one to which the arrow keys moved.
(() => {
  const data = JSON.parse(document.getElementById('data').textContent);
  const figure = document.getElementById('figure');
  const told = document.getElementById('told');
  const svg = figure.querySelector('svg');
  const mark = document.createElementNS('http://www.w3.org/2000/svg', 'rect');
  mark.setAttribute('fill', 'none');
  mark.setAttribute('stroke', 'currentColor');
  mark.setAttribute('stroke-width', '2');
  mark.setAttribute('visibility', 'hidden');
  svg.appendChild(mark);
  const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const columns = data.columns.length;
  let row = 0;
  let column = -1;
  const place = (ends, at) => {
    for (let i = 0; i + 1 < ends.length; i++) if (at >= ends[i] && at < ends[i + 1]) return i;
    return -1;
  };
  const value = (r, c) => {
    if (data.values) return data.values[r][c];
    const at = 2 * (r * columns + c);
    const level = digits.indexOf(data.levels[at]) * 64 + digits.indexOf(data.levels[at + 1]);
    return level === 4095 ? 'no number' : '≈ ' + (data.low + (level / 4094) * (data.high - data.low)).toPrecision(3);
  };
  const show = (r, c) => {
    if (r < 0 || c < 0 || r >= data.rows.length || c >= columns) return;
    row = r;
    column = c;
    const hint = data.hints && data.hints[r][c];
    told.textContent = data.rows[r] + ', ' + data.columns[c] + ': ' + value(r, c) + data.unit + (hint ? '\n' + hint : '');
    mark.setAttribute('x', data.lefts[c]);
    mark.setAttribute('y', data.tops[r]);
    mark.setAttribute('width', data.lefts[c + 1] - data.lefts[c]);
    mark.setAttribute('height', data.tops[r + 1] - data.tops[r]);
    mark.setAttribute('visibility', 'visible');
  };
  svg.addEventListener('pointermove', (event) => {
    const box = svg.getBoundingClientRect();
    show(place(data.tops, event.clientY - box.top), place(data.lefts, event.clientX - box.left));
  });
  figure.addEventListener('keydown', (event) => {
    const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    if (!step) return;
    event.preventDefault();
    if (column < 0) show(0, 0);
    else show(row + step[0], column + step[1]);
    figure.scrollLeft = Math.max(0, data.lefts[column] - figure.clientWidth / 2);
    figure.scrollTop = Math.max(0, data.tops[row] - figure.clientHeight / 2);
  });
})();
