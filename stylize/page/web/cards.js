// The cards: the marks of the chosen ones, and the keys that move between them. page.js gives its $ and valueOf.
const stylizeCards = ($, valueOf) => {
  const all = selector => document.querySelectorAll(selector), pressed = {};
  let compared = "";  // the newest list of what the painting is compared with
  const SLOTS = [["#photos", "content"], ["#styles", "style"], ["#own_styles", "style"], ["#second_styles", "second_style"]];
  const slotOf = button => SLOTS.find(([where]) => button.closest(where))?.[1];
  const press = (slot, file) => { pressed[slot] = [file, $(`#${slot} img`)?.src]; };  // until there is another picture
  const GROUPS = "#gallery, [role=toolbar]:not(#gallery *), #tabs [role=tablist]", buttons = group => [...group.querySelectorAll("button")];
  // ---- roving tabindex: a group of cards, or the tab list, is one Tab stop; the arrow keys move inside it
  function stops() {
    for (const group of all(GROUPS)) {
      const cards = buttons(group), stop = cards.find(card => card === document.activeElement)
        || cards.find(card => card.ariaPressed === "true" || card.ariaSelected === "true") || cards[0];
      for (const card of cards) card.tabIndex = card === stop ? 0 : -1;
    }
  }
  const WAYS = {ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1]};
  function beside(card, [x, y], cards) {  // the next card in reading order: by rows for left and right, by columns for up and down
    const place = ({left, top}) => (x ? [top, left] : [left, top]).map(value => Math.round(value / 9));
    const placed = cards.map(one => [one, ...place(one.getBoundingClientRect())]).sort((a, b) => a[1] - b[1] || a[2] - b[2]);
    return placed.at((placed.findIndex(([one]) => one === card) + x + y) % placed.length)[0];
  }
  function arrows(event) {
    const card = event.target, group = card.closest?.(GROUPS), cards = group ? buttons(group) : [], at = cards.indexOf(card);
    const way = WAYS[event.key], to = {Home: 0, End: -1}[event.key];
    if (at < 0 || !way && to === undefined) return;
    event.preventDefault();
    (way ? beside(card, way, cards) : cards.at(to)).focus();
    stops();
  }
  let held = "";  // the key of the focused card
  function hold() {  // Gradio patches the history in place when a card is added: the focus moves along with its painting
    const now = document.activeElement;
    if (now.closest("#history .cards") && now.dataset.card !== held)
      [...all("#history [data-card]")].find(card => card.dataset.card === held)?.focus({preventScroll: true});
  }
  function near({target, type}) {  // in a row that scrolls, all of the chosen or focused card is seen
    const card = target.closest?.(".cards button");
    if (type === "click" || card?.matches(":focus-visible")) card?.scrollIntoView({inline: "nearest", block: "nearest"});
  }
  function reveal(card) {  // without scrolling the page
    const row = card.closest("#gallery, #history .cards"), from = row?.getBoundingClientRect(), to = card.getBoundingClientRect();
    if (!row || !to.width) return;
    if (to.left < from.left || to.right > from.right) row.scrollLeft += to.left - from.left - 8;
    if (to.top < from.top || to.bottom > from.bottom) row.scrollTop += to.top - from.top - 8;
  }
  // ---- columns of the grid of variations: cards near the picture's aspect ratio, few empty cells
  function lay() {
    const panel = $("#grid"), count = $("#grid .cards")?.children.length;
    if (!count || !panel.offsetWidth) return;
    const {offsetWidth: width, offsetHeight: height} = panel;  // these do not depend on what is in it
    const ratio = parseFloat(document.documentElement.style.getPropertyValue("--ratio")) || 0.75;  // of the picture
    const cost = columns => {
      const rows = Math.ceil(count / columns), shape = (width - 24) / columns / ((height - 55) / rows);
      return Math.abs(Math.log(shape * Math.max(0.6, Math.min(1.2, ratio)))) + 0.15 * (rows * columns - count);
    };
    const best = [...Array(count).keys()].map(n => n + 1).reduce((a, b) => cost(b) < cost(a) ? b : a);
    panel.style.setProperty("--columns", best);  // not of the cards, which each frame replaces
  }
  // ---- marks: the chosen preset, size, photo and style; the times of the history
  function mark() {
    for (const button of all("[data-set]")) {
      const wanted = Object.entries(JSON.parse(button.dataset.set));
      button.ariaPressed = String(wanted.every(([id, value]) => valueOf(id) === String(value)));
    }
    for (const [where, slot] of SLOTS) {
      const now = $(`#${slot} img`)?.src, [file, before] = pressed[slot] || [];
      if (before !== now) delete pressed[slot];
      const source = file && before === now ? file : decodeURIComponent(now || "");  // the server is still to answer
      for (const card of all(`${where} [data-file]`)) {
        const chosen = String(source.endsWith(card.dataset.file));
        if (chosen === "true" && card.ariaPressed !== chosen) reveal(card);
        card.ariaPressed = chosen;
      }
    }
    const title = $("#styles_title h2")?.firstChild, count = all("#gallery [data-card]").length;
    if (title && count && parseInt(title.data) !== count) title.data = title.data.replace(/\d+/, count);  // counts uploaded styles too
    for (const card of all("#history [data-time]")) {
      const present = String(card.dataset.present === "true" && !document.documentElement.matches(".unpainted"));
      if (present === "true" && card.ariaPressed !== present) reveal(card);
      card.ariaPressed = present;
      const {lang} = document.documentElement, locale = navigator.language.startsWith(lang) ? navigator.language : lang;
      const text = new Date(1000 * card.dataset.time).toLocaleTimeString(locale, {hour: "2-digit", minute: "2-digit"});
      const label = card.querySelector("span");
      if (!label.querySelector("small")) label.append(Object.assign(document.createElement("small"), {textContent: text}));
    }
    const other = $("#other label");
    if (other && other.dataset.made !== compared) {
      compared = other.dataset.made;
      other.querySelector("select").selectedIndex = 0;
    }
    hold();
    stops();
    lay();
  }
  function listen() {
    document.addEventListener("keydown", arrows);
    document.addEventListener("focusin", event => held = event.target.dataset?.card);
    for (const type of ["focusin", "click"]) document.addEventListener(type, near);
    addEventListener("resize", () => all(":is(#gallery, #history) [aria-pressed=true]").forEach(reveal));  // a turned phone
  }
  return {mark, slotOf, press, listen};
};
