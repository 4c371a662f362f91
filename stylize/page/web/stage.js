// The stage: the handle between photo and painting, zoom, and the show on the whole screen. page.js gives its $.
const stylizeStage = $ => {
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const onViewer = event => event.target.closest?.("#viewer");
  // ---- the handle: `at` is how much of the photo is seen, from 0 to 100
  let at = 0, sweeping = 0, watched = null;
  const observer = new ResizeObserver(() => place(at));
  function fitted() {  // where the photo is inside its box: left edge and width
    const photo = $("#before img");
    const width = Math.min(photo.clientWidth, photo.clientHeight * photo.naturalWidth / photo.naturalHeight);
    return [(photo.clientWidth - width) / 2, width];
  }
  function place(value) {
    at = Math.max(0, Math.min(100, value));
    if (!$("#before img")?.naturalWidth) return;
    if (watched !== $("#viewer")) observer.observe(watched = $("#viewer"));  // mounted late; its size is 0 while another tab is open
    const [left, width] = fitted();
    $("#before").style.setProperty("--x", `${left + at / 100 * width}px`);
    const photo = $("#before img"), height = width * photo.naturalHeight / photo.naturalWidth;
    $("#before").style.setProperty("--w", `${$("#before").clientWidth}px`);
    $("#before").style.setProperty("--top", `${(photo.clientHeight - height) / 2}px`);
    $("#before input").value = at;
    $("#before input").setAttribute("aria-valuetext", `${Math.round(at)} %`);
  }
  function sweep(from, to, back = to, seconds = 1.6) {
    const started = performance.now(), turn = ++sweeping;
    if (still.matches) return place(back);
    const frame = now => {
      if (turn !== sweeping) return;
      const t = Math.min(1, (now - started) / 1000 / seconds), ease = t * t * (3 - 2 * t);
      place(back === to ? from + (to - from) * ease : from + (to - from) * Math.sin(Math.PI * ease));
      if (t < 1) requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  }
  function handle() {
    let dragging = false, holding = 0, before = 0;  // holding: a timer, or -1 while the photo is shown
    const release = () => {
      dragging = false;
      clearTimeout(holding);
      if (holding === -1) place(before);
      holding = 0;
    };
    document.addEventListener("pointerdown", event => {
      if (!onViewer(event) || !$("#before img") || event.button) return;
      sweeping++;
      if (event.target.closest(".line")) {
        dragging = true;
        event.preventDefault();
      } else if (view.scale === 1) {
        before = at;
        holding = setTimeout(() => { holding = -1; place(100); }, 220);
      }
    });
    document.addEventListener("pointermove", event => {
      if (dragging) {
        const photo = $("#before img"), box = photo.getBoundingClientRect(), [left, width] = fitted();
        place(100 * ((event.clientX - box.left) * photo.clientWidth / box.width - left) / width);
      } else if (holding > 0 && Math.hypot(event.movementX, event.movementY) > 6) release();
    });
    // No scroll gesture from a drag: Chromium drops the click of a tap that it takes for the end of a fling.
    document.addEventListener("touchstart", event => event.target.closest?.("#before .line, #editor canvas") && event.preventDefault(), {passive: false});
    for (const end of ["pointerup", "pointercancel"]) document.addEventListener(end, release);
    document.addEventListener("contextmenu", event => onViewer(event) && holding && event.preventDefault());
    document.addEventListener("input", event => event.target.matches?.("#before input") && place(+event.target.value));
    document.addEventListener("keydown", event => {
      const by = {ArrowLeft: -5, ArrowDown: -5, ArrowRight: 5, ArrowUp: 5, PageDown: -20, PageUp: 20}[event.key];
      if (!by || !event.target.matches?.("#before input")) return;
      place(at + by);
      event.preventDefault();
    });
  }
  // ---- zoom and pan of the stage or of the show: wheel, two fingers, double click, and the keys + - 0
  const view = {scale: 1, x: 0, y: 0}, fingers = new Map();
  const showing = () => $("#show dialog[open]");
  const parts = () => [...document.querySelectorAll(showing() ? "#show img" : "#painting img, #before .html-container")];
  const limited = scale => Math.max(1, Math.min(12, scale));
  function move(scale, x, y) {
    const [picture] = parts();
    if (!picture) return;
    view.scale = limited(scale);
    const far = (view.scale - 1) / 2;
    view.x = Math.max(-far * picture.clientWidth, Math.min(far * picture.clientWidth, x));
    view.y = Math.max(-far * picture.clientHeight, Math.min(far * picture.clientHeight, y));
    const css = view.scale === 1 ? "" : `translate(${view.x}px, ${view.y}px) scale(${view.scale})`;
    for (const part of parts()) part.style.transform = css;
    $(showing() ? "#show" : "#viewer").classList.toggle("zoomed", view.scale > 1);
  }
  const unzoom = () => move(1, 0, 0);
  function zoom(scale, [x, y]) {  // what is at x, y in the window stays there
    const box = parts()[0].getBoundingClientRect(), k = 1 - limited(scale) / view.scale;
    move(scale, view.x + k * (x - box.left - box.width / 2), view.y + k * (y - box.top - box.height / 2));
  }
  const spot = event => [event.clientX, event.clientY];
  const inside = event => event.target.closest?.("#viewer, #show img") && parts().length;
  let dragged = false;  // since the last press: the click at its end is none
  function pointers() {
    document.addEventListener("wheel", event => {
      if (!inside(event) || (!event.ctrlKey && view.scale === 1 && !event.shiftKey)) return;
      event.preventDefault();
      zoom(view.scale * 1.002 ** -(event.deltaY || event.deltaX), spot(event));
    }, {passive: false});
    document.addEventListener("dblclick", event => inside(event) && zoom(view.scale > 1 ? 1 : 3, spot(event)));
    document.addEventListener("pointerdown", event => {
      dragged = false;
      if (inside(event)) fingers.set(event.pointerId, spot(event));
    });
    document.addEventListener("pointermove", event => {
      const before = fingers.get(event.pointerId);
      if (!before || !inside(event)) return;
      const now = spot(event);
      if (fingers.size === 2) {
        const [, other] = [...fingers].find(([id]) => id !== event.pointerId);
        const span = at => Math.max(1, Math.hypot(at[0] - other[0], at[1] - other[1]));
        zoom(view.scale * span(now) / span(before), [(now[0] + other[0]) / 2, (now[1] + other[1]) / 2]);
      } else if (view.scale > 1) {
        event.preventDefault();
        move(view.scale, view.x + now[0] - before[0], view.y + now[1] - before[1]);
      }
      dragged ||= view.scale > 1 && Math.hypot(now[0] - before[0], now[1] - before[1]) > 1;
      fingers.set(event.pointerId, now);
    });
    for (const end of ["pointerup", "pointercancel"])
      document.addEventListener(end, event => fingers.delete(event.pointerId));
    document.addEventListener("touchmove", event => {  // else the browser zooms the whole page
      if (event.touches.length > 1 && inside(event)) event.preventDefault();
    }, {passive: false});
    document.addEventListener("dragstart", event => inside(event) && event.preventDefault());
    document.addEventListener("keydown", event => {
      if (/INPUT|TEXTAREA|SELECT/.test(event.target.tagName) || $("dialog[open]") !== showing()) return;
      if (event.key === "0") unzoom();
      const step = {"+": 1.25, "=": 1.25, "-": 0.8}[event.key];
      if (step) move(view.scale * step, view.x, view.y);
    });
  }
  // ---- the show: photo and painting in turn, on the whole screen
  let shown = [], index = 0, clock = 0;
  function show() {
    shown = [...document.querySelectorAll("#history [data-full]")].map(
      card => ({...card.dataset, name: card.innerText.replace(/\s*\n\s*/g, " · ")}));
    const root = document.documentElement, live = ["waiting", "painting"].includes(root.dataset.state);
    const chosen = root.matches(".unpainted") && $("#content img");
    if (live || chosen) shown.unshift({full: (chosen || $("#painting img"))?.src, name: "", live, present: "true"});
    if (!shown.length) shown = [{full: $("#painting img")?.src, photo: $("#before img")?.src, name: ""}];
    index = Math.max(0, shown.findIndex(one => one.present === "true"));
    $("#show dialog").showModal();
    $("#show dialog").requestFullscreen?.().catch(() => {});
    turn(0);
  }
  function turn(by) {
    unzoom();
    index = (index + by + shown.length) % shown.length;
    const [photo, painting] = document.querySelectorAll("#show img");
    for (const [image, source] of [[photo, shown[index].photo], [painting, shown[index].full]]) {
      image.src = source || "";
      image.style.display = source ? "" : "none";
    }
    painting.alt = $("#show p").textContent = shown[index].name;
    fade(true);
  }
  function frame() {  // of the running painting, which is shown as it grows
    if (showing() && shown[index]?.live) document.querySelector("#show img + img").src = $("#painting img").src;
  }
  function fade(painting = $("#show dialog").classList.contains("photo")) {
    clearTimeout(clock);
    painting ||= !shown[index].photo;
    $("#show dialog").classList.toggle("photo", !painting);
    if (showing() && !still.matches) clock = setTimeout(fade, painting ? 6000 : 2500);
  }
  function controls() {
    document.addEventListener("keydown", event => {
      const act = {ArrowRight: () => turn(1), ArrowLeft: () => turn(-1), " ": () => fade()}[event.key];
      if (!showing() || !act) return;
      event.preventDefault();
      act();
    });
    document.addEventListener("click", event => {
      if (!event.target.closest?.("#show img") || dragged) return;
      const side = event.clientX / innerWidth;
      if (view.scale > 1 || (side >= 0.2 && side <= 0.8)) fade();
      else turn(side > 0.5 ? 1 : -1);
    });
    document.addEventListener("close", unzoom, true);  // of the dialog: the stage again, as a whole
    document.addEventListener("fullscreenchange", () => document.fullscreenElement || $("#show dialog")?.close());
  }
  return {listen: () => { handle(); pointers(); controls(); }, sweep, still: () => still.matches, place: () => place(at), reset: () => { sweeping++; place(0); unzoom(); }, show, frame};
};
