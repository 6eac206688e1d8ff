"use strict";
(function () {
  const home = document.currentScript.dataset.home;
  const input = document.getElementById("search");
  const found = document.getElementById("found");
  const menu = document.querySelector(".menu");
  if (matchMedia("(max-width: 52rem)").matches) {
    menu.open = false;
  }
  const current = menu.querySelector("[aria-current]");
  if (current && menu.open) {
    const nav = menu.querySelector("nav");
    nav.scrollTop = current.offsetTop - nav.offsetTop - nav.clientHeight / 3;
  }

  function show() {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    found.replaceChildren();
    if (words.length === 0) {
      return;
    }
    const hits = window.searchIndex
      .map(([heading, page, address]) => ({ heading, page, address, text: (heading + " " + page).toLowerCase() }))
      .filter((entry) => words.every((word) => entry.text.includes(word)))
      .sort((a, b) => b.heading.toLowerCase().startsWith(words[0]) - a.heading.toLowerCase().startsWith(words[0]))
      .slice(0, 20);
    for (const hit of hits) {
      const item = document.createElement("li");
      const link = document.createElement("a");
      link.href = home + hit.address;
      link.textContent = hit.heading;
      if (hit.page !== hit.heading) {
        const where = document.createElement("small");
        where.textContent = hit.page;
        link.append(where);
      }
      item.append(link);
      found.append(item);
    }
    if (hits.length === 0) {
      const item = document.createElement("li");
      item.textContent = "Nothing in titles and headings.";
      item.style.padding = ".35rem .7rem";
      found.append(item);
    }
  }

  input.addEventListener("input", show);
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && document.activeElement !== input) {
      event.preventDefault();
      input.focus();
    } else if (event.key === "Escape") {
      input.value = "";
      show();
    } else if (event.key === "Enter" && document.activeElement === input) {
      found.querySelector("a")?.click();
    }
  });
})();
