//! Random chains of views, with arithmetic between them, keep every element in its place.

use super::evaluate::assert_same;
use jitney_ir::graph::{Graph, Node, NodeId, Op, SliceAxis, View};
use jitney_ir::ops::Elementwise;
use jitney_ir::{DType, Shape};
use jitney_optimizer::{Pass, optimize};
use proptest::prelude::*;
use smallvec::smallvec;

/// One link of a chain: what to do, and numbers from which its parameters are made.
type Link = (u8, [u8; 4]);

/// Some elements of an axis: possibly none, in either direction.
fn slice_axis(extent: usize, number: u8) -> (SliceAxis, usize) {
    let (first, second) = (usize::from(number) / 16, usize::from(number) % 16);
    let (a, b) = (first % (extent + 1), second % (extent + 1));
    let (low, high, stride) = (a.min(b), a.max(b), 1 + first % 2);
    let len = (high - low).div_ceil(stride);
    match second % 2 {
        0 if len > 0 => (SliceAxis { start: high - 1, step: -(stride as isize) }, len),
        _ => (SliceAxis { start: low, step: stride as isize }, len),
    }
}

fn view(shape: &Shape, (kind, numbers): Link) -> (View, Shape) {
    let rank = shape.rank();
    match kind % 4 {
        0 => {
            let mut perm: Vec<usize> = (0..rank).collect();
            numbers.iter().filter(|_| rank > 0).for_each(|n| perm.swap(0, *n as usize % rank));
            let extents: Vec<usize> = perm.iter().map(|axis| shape.extents()[*axis]).collect();
            (View::Transpose(perm.into()), Shape::new(&extents).unwrap())
        }
        1 => {
            let axes = shape.extents().iter().zip(numbers.iter().cycle());
            let (axes, extents): (Vec<_>, Vec<_>) =
                axes.map(|(extent, number)| slice_axis(*extent, *number)).unzip();
            (View::Slice(axes.into()), Shape::new(&extents).unwrap())
        }
        2 => {
            let len = shape.len();
            let by = 1 + numbers[0] as usize % 4;
            let extents: &[usize] = match numbers[1] % 3 {
                0 if len.is_multiple_of(by) => &[len / by, by],
                1 => &[1, len, 1],
                _ => &[len],
            };
            (View::Reshape, Shape::new(extents).unwrap())
        }
        _ => {
            let stretched = shape.extents().iter().map(|n| if *n == 1 { 2 } else { *n });
            let front = (rank < 4).then_some(1 + numbers[0] as usize % 2);
            let extents: Vec<usize> = front.into_iter().chain(stretched).collect();
            (View::Broadcast, Shape::new(&extents).unwrap())
        }
    }
}

fn append(graph: &mut Graph, last: NodeId, link: Link) -> NodeId {
    let Node { dtype, shape, .. } = graph.node(last).clone();
    match link.0 % 6 {
        4 => {
            let op = Op::Elementwise(Elementwise::Negative);
            graph.push(Node { op, inputs: smallvec![last], dtype, shape })
        }
        5 => {
            let op = Op::Elementwise(Elementwise::Add);
            graph.push(Node { op, inputs: smallvec![last, last], dtype, shape })
        }
        kind => {
            let (view, shape) = view(&shape, (kind, link.1));
            graph.push(Node { op: Op::View(view), inputs: smallvec![last], dtype, shape })
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]
    #[test]
    fn chains_of_views_keep_their_elements(
        extents in prop::collection::vec(1usize..5, 0..4),
        links in prop::collection::vec(any::<Link>(), 1..8),
    ) {
        let mut graph = Graph::new();
        let op = Op::Input(0);
        let (dtype, shape) = (DType::I16, Shape::new(&extents).unwrap());
        let mut last = graph.push(Node { op, inputs: smallvec![], dtype, shape });
        for link in links {
            if graph.node(last).shape.len() < 500 {
                last = append(&mut graph, last, link);
            }
        }
        graph.outputs = vec![last];
        graph.verify().expect("chains are valid");
        let pass = Pass::from_name("simplify-views").expect("a pass");
        assert_same(&graph, &pass.run(graph.clone()), "simplify-views");
        let (optimized, _) = optimize(&graph);
        assert_same(&graph, &optimized, "the pipeline");
        prop_assert_eq!(Graph::parse(&optimized.to_string()), Ok(optimized));
    }
}
