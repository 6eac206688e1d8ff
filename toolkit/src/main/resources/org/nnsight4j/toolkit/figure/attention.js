// Draws each head small, and the one under the pointer or in focus large, with tokens and numbers.
(() => {
  const data = JSON.parse(document.getElementById('data').textContent);
  const told = document.getElementById('told');
  const large = document.getElementById('large');
  const list = document.getElementById('heads');
  const figure = document.getElementById('figure');
  const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const count = data.tokens.length;
  const value = (head, query, key) => {
    const at = (query * (query + 1)) / 2 + key;
    if (data.characters === 1) return Math.min(1, digits.indexOf(head.levels[at]) / 63);
    return (digits.indexOf(head.levels[2 * at]) * 64 + digits.indexOf(head.levels[2 * at + 1])) / 4094;
  };
  const ends = () => (dark.matches ? [[21, 24, 30], [122, 184, 255]] : [[255, 255, 255], [8, 64, 129]]);
  const colour = (share) => {
    const [zero, one] = ends();
    return 'rgb(' + zero.map((from, i) => Math.round(from + share * (one[i] - from))).join() + ')';
  };
  const squares = (context, head, left, top, side) => {
    for (let query = 0; query < count; query++) {
      for (let key = 0; key <= query; key++) {
        context.fillStyle = colour(value(head, query, key));
        context.fillRect(left + key * side, top + query * side, side + 0.5, side + 0.5);
      }
    }
  };
  const sharp = (canvas, width, height) => {
    const ratio = devicePixelRatio || 1;
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    canvas.style.width = width + 'px';
    canvas.style.height = height + 'px';
    const context = canvas.getContext('2d');
    context.scale(ratio, ratio);
    return context;
  };
  const side = Math.max(9, Math.min(26, Math.floor(440 / count)));
  const margin = 8 + 7.2 * Math.min(24, Math.max(...data.tokens.map((token) => token.length)));
  let chosen = 0;
  const drawLarge = () => {
    const head = data.heads[chosen];
    const bottom = margin + count * side;
    const context = sharp(large, Math.max(margin + count * side + 8, margin + 160), bottom + 32);
    context.font = '12px monospace';
    context.fillStyle = dark.matches ? '#e8e8e8' : '#222222';
    data.tokens.forEach((token, i) => {
      const text = token.length > 24 ? token.slice(0, 23) + '…' : token;
      context.textAlign = 'right';
      context.fillText(text, margin - 4, margin + i * side + side / 2 + 4);
      context.save();
      context.translate(margin + i * side + side / 2 + 4, margin - 4);
      context.rotate(-Math.PI / 2);
      context.textAlign = 'left';
      context.fillText(text, 0, 0);
      context.restore();
    });
    squares(context, head, margin, margin, side);
    context.strokeStyle = dark.matches ? '#a3a9b3' : '#666666';
    context.strokeRect(margin, margin, count * side, count * side);
    context.textAlign = 'left';
    context.fillStyle = dark.matches ? '#a3a9b3' : '#666666';
    context.fillText('0', margin, bottom + 24);
    context.fillText('1', margin + 120, bottom + 24);
    for (let i = 0; i < 100; i++) {
      context.fillStyle = colour(i / 99);
      context.fillRect(margin + 14 + i, bottom + 13, 1.5, 12);
    }
    told.textContent = 'layer ' + head.layer + ', head ' + head.head;
  };
  const small = data.heads.map((head, i) => {
    const canvas = document.createElement('canvas');
    canvas.tabIndex = 0;
    canvas.setAttribute('role', 'option');
    canvas.setAttribute('aria-label', 'layer ' + head.layer + ', head ' + head.head);
    canvas.title = 'layer ' + head.layer + ', head ' + head.head;
    canvas.style.margin = '3px';
    const choose = () => {
      chosen = i;
      drawLarge();
      small.forEach((other, j) => {
        other.style.outline = j === i ? '2px solid currentColor' : '1px solid #8888';
        other.setAttribute('aria-selected', String(j === i));
      });
    };
    canvas.addEventListener('pointerenter', choose);
    canvas.addEventListener('focus', choose);
    if (!i || head.layer !== data.heads[i - 1].layer) {
      const name = document.createElement('div');
      name.textContent = 'layer ' + head.layer;
      list.appendChild(name);
    }
    list.appendChild(canvas);
    return canvas;
  });
  const drawAll = () => {
    small.forEach((canvas, i) => squares(sharp(canvas, 72, 72), data.heads[i], 0, 0, 72 / count));
    if (small.length) {
      drawLarge();
      small[chosen].style.outline = '2px solid currentColor';
    }
  };
  large.addEventListener('pointermove', (event) => {
    const box = large.getBoundingClientRect();
    const key = Math.floor((event.clientX - box.left - margin) / side);
    const query = Math.floor((event.clientY - box.top - margin) / side);
    if (key < 0 || query < key || query >= count) return;
    const head = data.heads[chosen];
    const share = value(head, query, key);
    told.textContent =
      'layer ' + head.layer + ', head ' + head.head + ': ' + data.tokens[query] + ' (' + query + ') looks at ' +
      data.tokens[key] + ' (' + key + '): ' + share.toFixed(data.characters === 1 ? 2 : 3);
  });
  figure.addEventListener('keydown', (event) => {
    const step = { ArrowUp: -1, ArrowLeft: -1, ArrowDown: 1, ArrowRight: 1 }[event.key];
    if (!step || !small.length) return;
    event.preventDefault();
    small[Math.min(small.length - 1, Math.max(0, chosen + step))].focus();
  });
  dark.addEventListener('change', drawAll);
  drawAll();
})();
