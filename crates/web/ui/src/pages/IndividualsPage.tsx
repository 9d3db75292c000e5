import { useEffect, useState } from "preact/hooks";
import type { IndividualRow } from "../api/types";
import { t } from "../strings";
import { Empty } from "../ui";
import { ListFrame } from "./catalog/shared/ListFrame";
import { counted, numberText } from "./catalog/shared/formats";
import { usePaged } from "./catalog/shared/usePaged";
import { IndividualCard } from "./individuals/IndividualCard";
import { ordered, ORDERS, type Order } from "./individuals/order";
import { searchAddress, useSettled } from "./individuals/useSettled";

/** All individuals of the catalog, to look through and to search. */
export function IndividualsPage() {
  const [text, setText] = useState("");
  const [order, setOrder] = useState<Order>("name");
  const search = useSettled(text.trim());
  const list = usePaged<IndividualRow>(searchAddress(search), 60);
  // An order among some would hide those that were not read: another order than the server's needs them all.
  const needsAll = order !== "name" && list.more && !list.busy && list.problem === null;
  useEffect(() => {
    if (needsAll) {
      list.readAll();
    }
  }, [needsAll]);
  return (
    <div class="sheet">
      <header class="sheet-head">
        <h1>{t("nav.individuals")}</h1>
        <span class="muted" role="status">{list.ready ? counted(list.total, "individuals") : ""}</span>
        <form class="sheet-tools" role="search" onSubmit={(event) => event.preventDefault()}>
          <label class="inline-field">
            <span>{t("individuals.search")}</span>
            <input type="search" value={text} placeholder={t("individuals.searchHint")} onInput={(event) => setText(event.currentTarget.value)} />
          </label>
          <OrderField order={order} onOrder={setOrder} />
        </form>
      </header>
      <ListFrame list={list} empty={<NothingFound search={search} />}>
        {order !== "name" && list.more && <p class="muted">{t("individuals.readingAll", { shown: numberText(list.items.length), total: numberText(list.total) })}</p>}
        <ul class="card-grid">{ordered(list.items, order).map((row) => <IndividualCard key={row.id} row={row} />)}</ul>
      </ListFrame>
    </div>
  );
}

function OrderField({ order, onOrder }: { order: Order; onOrder: (order: Order) => void }) {
  const choose = (value: string) => onOrder(ORDERS.find((one) => one === value) ?? "name");
  return (
    <label class="inline-field">
      <span>{t("individuals.order")}</span>
      <select value={order} onChange={(event) => choose(event.currentTarget.value)}>
        {ORDERS.map((one) => <option key={one} value={one}>{t(`individuals.order.${one}`)}</option>)}
      </select>
    </label>
  );
}

function NothingFound({ search }: { search: string }) {
  if (search) {
    return <Empty title={t("individuals.notFound", { search })}><p>{t("individuals.notFoundMore")}</p></Empty>;
  }
  return <Empty title={t("individuals.empty")}><p>{t("individuals.emptyMore")}</p></Empty>;
}
