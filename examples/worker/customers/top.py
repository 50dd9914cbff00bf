"""The customers that spent most: what the shop's dashboard asks for."""


def top(orders, limit):
    """`orders` are [customer, cents]; a limit of 0 means all of them."""
    if not all(isinstance(customer, str) for customer, _ in orders):
        raise ValueError("a customer is named by a string")
    customers = []
    for customer, _ in orders:
        if customer not in customers:
            customers.append(customer)
    totals = []
    for customer in customers:
        total = 0
        for other, cents in orders:
            if other == customer:
                total += cents
        totals.append({"customer": customer, "cents": total})
    totals.sort(key=lambda row: (-row["cents"], row["customer"]))
    return totals[:limit] if limit else totals
