//! Dealing cards of several suits into hands that hold no suit twice.
//!
//! Photos of several encounters are dealt into chunks, and chunks of several individuals into batches, by one rule.

use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

/// Cards as they were dealt.
pub(super) struct Dealt {
    /// Full hands.
    pub(super) hands: Vec<Vec<u32>>,
    /// What is left of each suit that has something left.
    pub(super) rest: Vec<Vec<u32>>,
}

/// Deals as many full hands as can be, of `size` cards each, none with two cards of a suit, at random.
pub(super) fn deal(mut suits: Vec<Vec<u32>>, size: usize, random: &mut ChaCha8Rng) -> Dealt {
    suits.shuffle(random);
    suits.iter_mut().for_each(|suit| suit.shuffle(random));
    let lengths: Vec<usize> = suits.iter().map(Vec::len).collect();
    let n_hands = most_hands(&lengths, size);
    let mut cards = Vec::with_capacity(n_hands * size);
    let mut rest = Vec::new();
    for (suit, mut values) in suits.into_iter().enumerate() {
        // No suit has more cards in play than there are hands, and all hands together take so many.
        let taken = values.len().min(n_hands).min(n_hands * size - cards.len());
        cards.extend(values.drain(..taken).map(|value| (suit, value)));
        if !values.is_empty() {
            rest.push(values);
        }
    }
    Dealt { hands: hand_out(&cards, n_hands, size, random), rest }
}

/// The most hands that can be dealt: with h hands a suit of n cards gives min(n, h) of the h × size cards.
fn most_hands(suits: &[usize], size: usize) -> usize {
    let enough = |hands: usize| suits.iter().map(|cards| (*cards).min(hands)).sum::<usize>() >= hands * size;
    let (mut can, mut cannot) = (0, suits.iter().sum::<usize>() / size.max(1) + 1);
    while can + 1 < cannot {
        let middle = can + (cannot - can) / 2;
        if enough(middle) { can = middle } else { cannot = middle }
    }
    can
}

/// Gives one card to each hand, lap by lap, the hands in a new order each lap. A suit lies together and is no longer
/// than a lap, so it meets a hand twice at most, where it goes on in the next lap: there the order is mended.
fn hand_out(cards: &[(usize, u32)], n_hands: usize, size: usize, random: &mut ChaCha8Rng) -> Vec<Vec<u32>> {
    let mut hands = vec![Vec::with_capacity(size); n_hands];
    let mut last_suit = vec![usize::MAX; n_hands];
    let mut order: Vec<usize> = (0..n_hands).collect();
    let mut going_on = usize::MAX;
    for lap in cards.chunks(n_hands.max(1)) {
        order.shuffle(random);
        let n_going_on = lap.iter().take_while(|(suit, _)| *suit == going_on).count();
        let mut spare = n_going_on;
        for place in 0..n_going_on {
            while last_suit[order[place]] == going_on {
                order.swap(place, spare);
                spare += 1;
            }
        }
        for ((suit, value), hand) in lap.iter().zip(&order) {
            hands[*hand].push(*value);
            last_suit[*hand] = *suit;
            going_on = *suit;
        }
    }
    hands
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::generator;

    proptest! {
        #[test]
        fn hands_are_full_hold_no_suit_twice_and_no_card_is_lost(
            lengths in proptest::collection::vec(0_usize..12, 0..14), size in 1_usize..6, seed in 0_u64..1000,
        ) {
            let mut next = 0;
            let suits: Vec<Vec<u32>> = lengths
                .iter()
                .map(|length| (0..*length).map(|_| { next += 1; next - 1 }).collect())
                .collect();
            let suit_of: Vec<usize> =
                suits.iter().enumerate().flat_map(|(suit, cards)| cards.iter().map(move |_| suit)).collect();
            let dealt = deal(suits, size, &mut generator(seed, "deal", &[]));
            for hand in &dealt.hands {
                let kinds: BTreeSet<usize> = hand.iter().map(|card| suit_of[*card as usize]).collect();
                prop_assert_eq!((hand.len(), kinds.len()), (size, size));
            }
            let mut all: Vec<u32> = dealt.hands.iter().chain(&dealt.rest).flatten().copied().collect();
            all.sort_unstable();
            prop_assert_eq!(all, (0..next).collect::<Vec<_>>());
            // One hand more cannot be dealt.
            let more = dealt.hands.len() + 1;
            prop_assert!(lengths.iter().map(|length| (*length).min(more)).sum::<usize>() < more * size);
        }
    }
}
