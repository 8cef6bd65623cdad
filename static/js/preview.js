// Shows, while somebody fills in a form, what everybody will see of it. Nothing leaves the page.

const NAMED = ["public", "pseudonym"];

function show(form, preview) {
  const value = (name) => (form.elements[name]?.value ?? "").trim();
  const part = (name) => preview.querySelector(`[data-preview="${name}"]`);
  const named = NAMED.includes(value("visibility") || "public");
  part("name").textContent = value("name");
  part("affiliation").textContent = [value("role"), value("affiliation")].filter(Boolean).join(" · ");
  preview.querySelector(".signers").hidden = !named;
  part("hidden").hidden = named;
  preview.hidden = named && !value("name");
}

for (const preview of document.querySelectorAll(".live-preview")) {
  const form = preview.closest("form");
  const update = () => show(form, preview);
  form.addEventListener("input", update);
  update();
}
