// Makes elements, and changes those on the page into new ones without replacing them: so focus,
// hover and running animations stay. Text is only ever set as text, never as HTML.

const SVG = 'http://www.w3.org/2000/svg';

export function h(name, attributes, ...children) {
  return fill(document.createElement(name), attributes, children);
}

export function svg(name, attributes, ...children) {
  return fill(document.createElementNS(SVG, name), attributes, children);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value !== undefined && value !== null && value !== false) {
      element.setAttribute(name, value === true ? '' : value);
    }
  }
  element.append(...children.flat(3).filter(child => child !== null && child !== undefined && child !== false));
  return element;
}

export function morph(old, wanted) {
  if (old.nodeType !== wanted.nodeType || old.nodeName !== wanted.nodeName) {
    old.replaceWith(wanted);
  } else if (old.nodeType === Node.TEXT_NODE) {
    if (old.data !== wanted.data) {
      old.data = wanted.data;
    }
  } else if (wanted.dataset?.version === undefined || wanted.dataset.version !== old.dataset.version) {
    // What has a version, and the same, is as it was: nobody made its children.
    morphAttributes(old, wanted);
    morphChildren(old, wanted);
  }
}

function morphAttributes(old, wanted) {
  for (const {name} of [...old.attributes]) {
    if (!wanted.hasAttribute(name)) {
      old.removeAttribute(name);
    }
  }
  for (const {name, value} of wanted.attributes) {
    if (old.getAttribute(name) !== value) {
      old.setAttribute(name, value);
    }
  }
}

export function morphChildren(old, wanted) {
  const children = [...wanted.childNodes];
  children.forEach((child, index) => {
    const here = old.childNodes[index];
    const key = keyOf(child);
    if (key && keyOf(here) !== key) {
      const moved = [...old.childNodes].find(other => keyOf(other) === key);
      old.insertBefore(moved ?? child, here ?? null);
      if (moved) {
        morph(moved, child);
      }
    } else if (here) {
      morph(here, child);
    } else {
      old.append(child);
    }
  });
  while (old.childNodes.length > children.length) {
    old.lastChild.remove();
  }
}

function keyOf(node) {
  return node?.dataset?.key;
}
